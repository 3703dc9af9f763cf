"""Calibrates the prover on a corpus of real fixes: it has to accept them all, and none of the cheats."""
