"""SECURITY.md names, for each threat, what shows that it is stopped: files that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`((?:tests/[a-z_/]+|test_[a-z_]+)(?:\.py)?|(?:bot|webhooks)/[a-z_/]+(?:\.py)?)`")


def test_what_it_names_is_there() -> None:
    """Every test and every part of the program, by its path or, within a cell, by its name."""
    text = (ROOT / "SECURITY.md").read_text()
    named = set(NAMED.findall(text))
    known = {path.name for path in (ROOT / "tests").rglob("*.py")}

    assert len(named) > 25
    missing = {one for one in named if not (ROOT / one).exists() and ("/" in one or one not in known)}
    assert missing == set()


def test_every_threat_is_shown_to_be_stopped() -> None:
    """No row of the threats without a test."""
    table = (ROOT / "SECURITY.md").read_text().partition("| who | wants |")[2].partition("\n\n")[0]
    rows = [line for line in table.splitlines()[2:] if line.startswith("|")]

    assert len(rows) > 12
    assert [row for row in rows if "test" not in row.rstrip(" |").rpartition("|")[2]] == []
