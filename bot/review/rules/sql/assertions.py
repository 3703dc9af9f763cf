"""What a test asserts of code that looks something up: helper, red test and benign sibling."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.review.rules.analysis.names import Function
from bot.review.rules.sql.database import Database
from bot.review.rules.writing.invocation import Invocation
from bot.review.rules.writing.testfile import block

if TYPE_CHECKING:
    from bot.review.rules import Candidate

MARKER, PLAIN = "O'Brien", "Brien"


def outcome(function: Function, database: Database, call: Invocation, *, quoted: str) -> str:
    """The helper that calls the code and turns an error of the database into an answer."""
    before = [row for row in call.setup if not row.startswith("client =")]
    after = [row for row in call.setup if row.startswith("client =")]
    setup = [*before, *database.setup, *after] if database.setup else list(call.setup)
    head = f"def outcome({database.fixture}, value{', monkeypatch' if call.uses('monkeypatch') else ''}):"
    if call.is_response:
        rows = [
            *setup,
            f"response = {call.call}",
            "return response.status_code, response.get_data(as_text=True)",
        ]
        return block(head, f"Status and text that `{function.name}` answers with.", rows)
    rows = [
        *setup,
        "try:",
        f"    return {call.call}",
        f"except {database.error} as error:",
        "    return error",
    ]
    rows += [] if quoted else ["except ValueError:", '    return "refused"']
    return block(head, f"What `{function.name}` gives for the value, or the error of the database.", rows)


def red(
    candidate: Candidate, database: Database, call: Invocation, *, quoted: str, compare: bool, select: bool
) -> str:
    """The test that is red while the input is part of the statement."""
    name, label = database.fixture, candidate.origin.label
    more = ", monkeypatch" if call.uses("monkeypatch") else ""

    def seen(value: str) -> str:
        return f"outcome({name}, {value}{more})"

    same = _same_as_unknown(seen, quoted)
    rows = []
    if not compare and call.is_response:
        rows.append(f"assert {seen(_marker(quoted))}[0] == {seen(_literal(PLAIN))}[0]")
    elif not compare:
        rows.append(f"assert not isinstance({seen(_marker(quoted))}, {database.error})")
    if compare or (select and _survives_nothing(candidate.site.function)):
        rows.append(same)
    what = "quote" if quoted else "condition"
    doc = "The value is looked up as it is: it cannot end the SQL string or widen the statement."
    return block(f"def test_{what}_in_{label}_is_data({name}{more}):", doc, rows)


def _marker(quoted: str) -> str:
    return _literal(MARKER if quoted == "'" else 'O"Brien')


def _literal(text: str) -> str:
    """The text as a string literal, in double quotes where that needs no escapes."""
    return f"'{text}'" if '"' in text else f'"{text}"'


def _same_as_unknown(ask: Callable[[str], str], quoted: str) -> str:
    if not quoted:
        return f'assert {ask(_literal("0 OR 1=1"))} in ({ask(_literal("0"))}, "refused")'
    marker = f"nobody{quoted} OR {quoted}a{quoted}={quoted}a"
    return f"assert {ask(_literal(marker))} == {ask(_literal('nobody'))}"


def _survives_nothing(function: Function) -> bool:
    """Does the code take it well when no row is found?"""
    code = function.source.code(function.node)
    return not re.search(r"\braise\b|\babort\(|\w\[\d+\]|\)\[|\w\[[\"']", code)


def sibling(candidate: Candidate, database: Database, call: Invocation, *, quoted: str, select: bool) -> str:
    """The benign test, green before and after."""
    name, label = database.fixture, candidate.origin.label
    more = ", monkeypatch" if call.uses("monkeypatch") else ""
    value, unknown = (PLAIN, "nobody") if quoted else ("1", "0")
    seen = f"outcome({name}, {_literal(value)}{more})"
    checks = [
        f"assert {seen}[0] < 400" if call.is_response else f"assert not isinstance({seen}, {database.error})"
    ]
    if select and _survives_nothing(candidate.site.function):
        checks.append(f"assert {seen} != outcome({name}, {_literal(unknown)}{more})")
    return block(
        f"def test_plain_{label}_still_works({name}{more}):", "A plain value is handled as before.", checks
    )
