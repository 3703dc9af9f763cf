"""Invoices, a text file each."""

from pathlib import Path


def names(folder):
    """The names of all invoices."""
    return sorted(one.name for one in Path(folder).iterdir())
