"""Hands out invoices, which are kept as text files in one folder."""

from pathlib import Path


def list_invoices(folder):
    """Names of all invoices, oldest first."""
    return sorted(path.name for path in Path(folder).glob("*.txt"))


def read_invoice(folder, name):
    """The text of the invoice with this name."""
    path = Path(folder) / name
    return path.read_text()
