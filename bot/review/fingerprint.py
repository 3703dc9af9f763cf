"""The stable id of a finding: the same defect keeps it when lines move or a formatter was at them."""

from __future__ import annotations

import hashlib
import re

LENGTH = 16
_BLANKS = re.compile(r"\\\r?\n|\s+")
_LAST_COMMA = re.compile(r",(?=[)\]}]|$)")


def fingerprint(path: str, cwe: str, quote: str, scope: str = "", ordinal: int = 0) -> str:
    """16 hex digits from where (path, enclosing scope), what (CWE) and which code (the quote, unformatted).

    `ordinal` tells apart findings that are otherwise equal, counted from the top of the file.
    """
    parts = "\0".join((path, scope, cwe, _unformatted(quote), str(ordinal)))
    return hashlib.sha256(parts.encode()).hexdigest()[:LENGTH]


def same_code(one: str, other: str) -> bool:
    """Whether two quotes differ by no more than a formatter changes."""
    return _unformatted(one) == _unformatted(other)


def _unformatted(code: str) -> str:
    """Without what formatters change: blanks, line ends, parentheses, last commas, and which quotes."""
    dense = _LAST_COMMA.sub("", _BLANKS.sub("", code))
    return dense.replace("(", "").replace(")", "").replace("'", '"')
