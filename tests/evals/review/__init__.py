"""How well the whole reviewer does on a corpus: what it finds, fixes and tests, and at what cost."""
