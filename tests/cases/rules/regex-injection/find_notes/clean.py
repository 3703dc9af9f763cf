import re


def find(term: str, notes: list) -> list:
    """The notes that have the term as a word of its own."""
    return [note for note in notes if re.search(rf"\b{re.escape(term)}\b", note, re.IGNORECASE)]
