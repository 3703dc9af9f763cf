"""The stable id of a finding: the same defect keeps it when lines move or commits are rebased."""

from __future__ import annotations

import hashlib
import re

LENGTH = 16


def fingerprint(path: str, cwe: str, quote: str, scope: str = "", ordinal: int = 0) -> str:
    """16 hex digits from where (path, enclosing scope), what (CWE) and which code (the quote, no blanks).

    `ordinal` tells apart findings that are otherwise equal, counted from the top of the file.
    """
    code = re.sub(r"\s+", "", quote)
    parts = "\0".join((path, scope, cwe, code, str(ordinal)))
    return hashlib.sha256(parts.encode()).hexdigest()[:LENGTH]
