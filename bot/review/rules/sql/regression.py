"""The regression test for an injection: a quote in the input is data."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import libcst as cst

from bot.records import RegressionTest
from bot.review.reviewers import Placement
from bot.review.rules.analysis.names import Function
from bot.review.rules.analysis.template import Hole, Template, Text
from bot.review.rules.sql.database import Database, recorder, sqlalchemy, sqlite
from bot.review.rules.sql.location import locate
from bot.review.rules.sql.schema import Schema, read_schema
from bot.review.rules.writing.arguments import plain_value, read_keys
from bot.review.rules.writing.invocation import Invocation, invocation
from bot.review.rules.writing.rewrite import CannotWrite
from bot.review.rules.writing.surroundings import Location
from bot.review.rules.writing.testfile import block, test_file

if TYPE_CHECKING:
    from bot.review.rules import Candidate

MARKER, PLAIN = "O'Brien", "Brien"
SERVERS = frozenset({"psycopg", "psycopg2", "pymysql", "MySQLdb", "mysql", "aiomysql"})


def write(
    candidate: Candidate, template: Template, package: str | None, placement: Placement, attempt: int
) -> RegressionTest:
    """The test for a driver. Attempts: the plain one, then with the other kind of rows or another observation."""
    location = locate(candidate.site)
    if package in SERVERS:
        if attempt:
            raise CannotWrite("There is no other way to watch this driver.")
        return _recorded(candidate, placement, recorder(location, placement))
    if package not in {None, "sqlite3", "sqlalchemy"}:
        raise CannotWrite(f"The rule writes no tests for the driver {package}.")
    return _real(candidate, template, location, package, placement, attempt)


def _recorded(candidate: Candidate, placement: Placement, database: Database) -> RegressionTest:
    """What is sent to the server: the marker stands in the parameters, never in the statement."""
    function, label = candidate.site.function, candidate.origin.label
    call = invocation(function, candidate.origin, placement, database.provide)
    helper = block(
        "def sent(connection, value):",
        f"Statements and parameters that `{function.name}` sends for the value.",
        [*call.setup, call.call, "return [str(one.args[0]) for one in connection.execute.call_args_list], str(",
         "    [one.args[1:] for one in connection.execute.call_args_list]", ")"],
    )  # fmt: skip
    red = block(
        f"def test_quote_in_{label}_is_no_sql(connection):",
        "The value travels beside the statement, whatever stands in it.",
        [
            f'statements, parameters = sent(connection, "{MARKER}")', "",
            f'assert not any("{MARKER}" in one for one in statements)', f'assert "{MARKER}" in parameters',
        ],
    )  # fmt: skip
    sibling = block(
        f"def test_plain_{label}_reaches_the_database(connection):",
        "A value without a quote is still looked up.",
        [
            f'statements, parameters = sent(connection, "{PLAIN}")',
            "",
            f'assert "{PLAIN}" in str(statements) + parameters',
        ],
    )
    return test_file(
        placement,
        f"`{function.name}`: {candidate.origin.label} is data for the database, never SQL.",
        (*database.imports, *call.imports),
        (database.code, helper, red, sibling),
    )


def _real(
    candidate: Candidate,
    template: Template,
    location: Location,
    package: str | None,
    placement: Placement,
    attempt: int,
) -> RegressionTest:
    function = candidate.site.function
    code = function.source.code(function.node)
    keys = re.findall(r"\w+\[\"(\w+)\"\]|\w+\['(\w+)'\]", code)
    asked = {
        key
        for kind in ("args", "form", "json", "values")
        for key in read_keys(function, f"flask.request.{kind}")
    }
    extra = [one for pair in keys for one in pair if one and one not in asked and one != candidate.origin.key]
    schema = read_schema(template.text(), extra if package != "sqlalchemy" else ())
    if schema is None:
        raise CannotWrite("The statement's tables cannot be told from its text.")
    place, quoted = _marked(candidate, template)
    script = _script(candidate, template, schema, place, quoted=quoted)
    rows = bool(extra or "dict(" in code) != bool(attempt % 2)
    database = (
        sqlalchemy(location, placement, script)
        if package == "sqlalchemy"
        else sqlite(location, placement, script, rows=rows)
    )
    call = invocation(function, candidate.origin, placement, database.provide)
    swallows = bool(re.search(r"\bexcept\b", code)) != (attempt >= 2)
    if attempt >= 4:
        raise CannotWrite("No call of this code showed the defect.")
    select = schema.verb == "SELECT"
    red = _red(candidate, database, call, quoted=quoted, compare=not quoted or swallows, select=select)
    sibling = _sibling(candidate, database, call, quoted=quoted, select=select)
    blocks = (database.code, _outcome(function, database, call), red, sibling)
    return test_file(
        placement,
        f"`{function.name}`: {candidate.origin.label} is data for the database, never SQL.",
        (*database.imports, *call.imports),
        blocks,
    )


def _marked(candidate: Candidate, template: Template) -> tuple[int, str]:
    """Which hole carries the marker, and the quote around it ("" for none)."""
    before = ""
    place = 0
    for part in template.parts:
        if isinstance(part, Text):
            before += part.raw
            continue
        if candidate.origin in candidate.site.taint(part.value).origins:
            return place, _open_quote(before)
        before += "?"
        place += 1
    raise CannotWrite("The statement does not show where the input goes.")


def _open_quote(before: str) -> str:
    bare = before.replace("\\", "")
    return next((quote for quote in ("'", '"') if bare.count(quote) % 2), "")


def _script(
    candidate: Candidate, template: Template, schema: Schema, place: int, *, quoted: str
) -> tuple[str, ...]:
    """Statements that make the tables and, unless the code itself inserts, a row for each value."""
    column = schema.columns[place] if place < len(schema.columns) else ""
    others = {
        schema.columns[index]: _other_value(candidate, hole)
        for index, hole in enumerate(template.holes)
        if index != place and index < len(schema.columns)
    }
    script = []
    for table, columns in schema.tables.items():
        typed = [f"{name} INTEGER" if name == column and not quoted else name for name in columns]
        script.append(f"CREATE TABLE {table} ({', '.join(typed)})")
        if schema.verb in {"INSERT", "REPLACE"}:
            continue
        for value in ("'Brien'", "'O''Brien'") if quoted else ("1", "2"):
            cells = [
                value if name == column else schema.fixed.get(name) or others.get(name) or _cell(name)
                for name in columns
            ]
            script.append(f"INSERT INTO {table} VALUES ({', '.join(cells)})")
    return tuple(script)


def _cell(name: str) -> str:
    return "1" if re.search(r"(^|_)(id|count|age|total|price|amount|active)$", name) else "'sample'"


def _other_value(candidate: Candidate, hole: Hole) -> str:
    """The SQL literal that another value of the statement will have in the test."""
    if isinstance(hole.value, cst.Name):
        for one in candidate.site.function.parameters:
            if one.name.value == hole.value.value and one.default is None:
                return plain_value(one.name.value, one).replace('"', "'")
    return "'sample'"


def _outcome(function: Function, database: Database, call: Invocation) -> str:
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
    return block(head, f"What `{function.name}` gives for the value, or the error of the database.", rows)


def _red(
    candidate: Candidate, database: Database, call: Invocation, *, quoted: str, compare: bool, select: bool
) -> str:
    name, label = database.fixture, candidate.origin.label
    more = ", monkeypatch" if call.uses("monkeypatch") else ""

    def seen(value: str) -> str:
        return f"outcome({name}, {value}{more})"

    same = _same_as_unknown(seen, quoted)
    rows = []
    if not compare and call.is_response:
        plain = PLAIN if quoted == "'" else "a"
        rows.append(f"assert {seen(_marker(quoted))}[0] == {seen(repr(plain).replace(chr(39), chr(34)))}[0]")
    elif not compare:
        rows.append(f"assert not isinstance({seen(_marker(quoted))}, {database.error})")
    if compare or (select and _survives_nothing(candidate.site.function)):
        rows.append(same)
    what = "quote" if quoted else "condition"
    doc = "The value is looked up as it is: it cannot end the SQL string or widen the statement."
    return block(f"def test_{what}_in_{label}_is_data({name}{more}):", doc, rows)


def _marker(quoted: str) -> str:
    return f'"{MARKER}"' if quoted == "'" else "'O\"Brien'"


def _same_as_unknown(ask: Callable[[str], str], quoted: str) -> str:
    if not quoted:
        return f"assert {ask(chr(34) + '0 OR 1=1' + chr(34))} == {ask(chr(34) + '0' + chr(34))}"
    if quoted == "'":
        marker, plain = "\"nobody' OR 'a'='a\"", '"nobody"'
    else:
        marker, plain = '\'nobody" OR "a"="a\'', '"nobody"'
    return f"assert {ask(marker)} == {ask(plain)}"


def _survives_nothing(function: Function) -> bool:
    """Does the code take it well when no row is found?"""
    code = function.source.code(function.node)
    return not re.search(r"\braise\b|\babort\(|\w\[\d+\]|\)\[|\w\[[\"']", code)


def _sibling(candidate: Candidate, database: Database, call: Invocation, *, quoted: str, select: bool) -> str:
    name, label = database.fixture, candidate.origin.label
    more = ", monkeypatch" if call.uses("monkeypatch") else ""
    value = f'"{PLAIN}"' if quoted else '"1"'
    seen = f"outcome({name}, {value}{more})"
    unknown = '"nobody"' if quoted else '"0"'
    checks = [
        f"assert {seen}[0] < 400" if call.is_response else f"assert not isinstance({seen}, {database.error})"
    ]
    if select and _survives_nothing(candidate.site.function):
        checks.append(f"assert {seen} != outcome({name}, {unknown}{more})")
    return block(
        f"def test_plain_{label}_still_works({name}{more}):", "A plain value is handled as before.", checks
    )
