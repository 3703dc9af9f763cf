"""Small records for tests, with every field that a test does not care about filled in."""

from __future__ import annotations

from typing import Any

from bot.records import (
    Change,
    ChangedFile,
    Claim,
    Confidence,
    Finding,
    Hunk,
    Line,
    Severity,
)

HEAD = "a" * 40
BASE = "b" * 40


def a_finding(**changes: Any) -> Finding:
    """A finding on line 2 of shop/customers.py."""
    fields: dict[str, Any] = {
        "id": "0123456789abcdef",
        "path": "shop/customers.py",
        "start_line": 2,
        "end_line": 2,
        "cwe": "CWE-89",
        "severity": Severity.HIGH,
        "confidence": Confidence.HIGH,
        "title": "SQL injection",
        "explanation": "The city goes into the statement as text.",
        "impact": "A caller can read other customers.",
        "claim": Claim("by_city", "O'Brien", "a syntax error", "no rows"),
        "quote": "    rows = execute(f\"… '{city}'\")",
        "reviewer": "rules",
        "rule": "python/sql-injection",
    }
    return Finding(**{**fields, **changes})


def a_change(path: str = "shop/customers.py", **changes: Any) -> Change:
    """A change that added three lines to one file."""
    lines = tuple(Line("added", None, number, f"line {number}") for number in (1, 2, 3))
    file = ChangedFile(path, "modified", (Hunk(path, "", lines),))
    return Change(**{"base_sha": BASE, "head_sha": HEAD, "files": (file,), **changes})
