"""Writes Python source: edits of a file, and regression tests that call a function with a marker."""
