"""Invoices, a text file each."""

from pathlib import Path


def names(folder):
    """The names of all invoices."""
    return sorted(one.name for one in Path(folder).iterdir())


def read(folder, name):
    """The text of the invoice of this name."""
    path = Path(folder) / name
    if not path.resolve().is_relative_to(Path(folder).resolve()):
        raise ValueError("the invoice is outside its folder")
    return path.read_text()
