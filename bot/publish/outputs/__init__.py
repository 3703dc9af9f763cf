"""A new output is one new file here."""
