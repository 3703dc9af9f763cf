"""Replies to the demo's pull request as an honest model would give them: defects, tests, fixes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.fakes.messages_api import AGREES, Answer, Json, replies, stage_of, text_of

QUERY = """\
        f"SELECT id, name, city, email FROM customers WHERE city = '{city}' ORDER BY name"
    ).fetchall()
"""
BOUND = (
    '        "SELECT id, name, city, email FROM customers WHERE city = ? ORDER BY name", (city,)\n'
    "    ).fetchall()\n"
)
JOINED = "    path = Path(folder) / name\n"
INSIDE = """\
    root = Path(folder).resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root):
        raise ValueError("the invoice is outside its folder")
"""
QUERY_TEST = '''"""A city is data for the database, never SQL."""

import sqlite3

from shop.customers import by_city


def _connection():
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE customers (id, name, city, email)")
    connection.execute("INSERT INTO customers VALUES (1, 'Ada', 'London', 'a@example.org')")
    return connection


def test_quote_is_data():
    assert by_city(_connection(), "x' OR 'a'='a") == []


def test_plain_city_is_found():
    assert [one["name"] for one in by_city(_connection(), "London")] == ["Ada"]
'''
PATH_TEST = '''"""An invoice is read from its folder alone."""

import pytest

from shop.invoices import read_invoice


def _folder(tmp_path):
    folder = tmp_path / "invoices"
    folder.mkdir()
    (folder / "1.txt").write_text("first")
    (tmp_path / "marker.txt").write_text("marker")
    return folder


def test_a_name_that_leaves_the_folder_is_refused(tmp_path):
    with pytest.raises(ValueError):
        read_invoice(_folder(tmp_path), "../marker.txt")


def test_an_invoice_is_read(tmp_path):
    assert read_invoice(_folder(tmp_path), "1.txt") == "first"
'''
SAID = {"severity": "high", "confidence": "high"}
QUERY_FINDING = SAID | {
    "quote": QUERY.splitlines()[0],
    "cwe": "CWE-89",
    "title": "The city becomes part of the statement",
    "explanation": "`city` comes from the request and stands in the text of the statement.",
    "impact": "A caller can read every customer.",
    "claim": {
        "entry": "shop.customers.by_city",
        "input": "x' OR 'a'='a",
        "bad": "every customer",
        "good": "no customer",
    },
}
PATH_FINDING = SAID | {
    "quote": JOINED.rstrip("\n"),
    "cwe": "CWE-22",
    "title": "The name of an invoice can leave its folder",
    "explanation": "`name` comes from the address and is joined to the folder unchecked.",
    "impact": "A caller can read other files of the server.",
    "claim": {
        "entry": "shop.invoices.read_invoice",
        "input": "../marker.txt, beside the folder",
        "bad": "the marker's text",
        "good": "an error",
    },
}


CARD = {
    "what": "A web shop over SQLite.",
    "entry_points": ["shop.app"],
    "trust_boundaries": ["Addresses and forms come from anybody."],
    "guards": [],
    "tests": "pytest, in tests/.",
}
QUIET = AGREES | {
    "triage": replies("triage", {"regions": [{"hunk": "H1", "cwes": ["CWE-89", "CWE-22"]}]}),
    "card": replies("card", CARD),
}


def answer(request: Json) -> Answer:
    """The reply to one request, for MessagesApi."""
    if stage_of(request) in QUIET:
        return QUIET[stage_of(request)]
    if stage_of(request) == "review":
        findings = [labelled(one, text_of(request)) for one in (QUERY_FINDING, PATH_FINDING)]
        return replies("review", {"findings": findings, "not_examined": []})
    about_query = "\nCWE-89 " in request["messages"][0]["content"][-1]["text"]
    if stage_of(request) == "test":
        return replies("test", {"content": QUERY_TEST if about_query else PATH_TEST, "declared": "none"})
    if about_query:
        edit = {"path": "shop/customers.py", "old": QUERY, "new": BOUND}
        return replies("fix", {"strategy": "Bind the city.", "edits": [edit]})
    edit = {"path": "shop/invoices.py", "old": JOINED, "new": INSIDE}
    return replies("fix", {"strategy": "Refuse names that leave the folder.", "edits": [edit]})


def labelled(finding: Mapping[str, Any], shown: str) -> Json:
    """The finding with the label that its line has in the request."""
    label = re.search(rf"^(H\d+\.\d+) \+\|{re.escape(finding['quote'])}$", shown, re.MULTILINE)
    return {"label": label[1] if label else "H0.0", **finding}
