"""The regression test for an injection: a quote in the input is data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from bot.records import RegressionTest
from bot.review.reviewers import Placement
from bot.review.rules.analysis.template import Hole, Template, Text
from bot.review.rules.sql import assertions
from bot.review.rules.sql.assertions import MARKER, PLAIN
from bot.review.rules.sql.database import Database, recorder, sqlalchemy, sqlite
from bot.review.rules.sql.location import locate
from bot.review.rules.sql.schema import Schema, read_schema
from bot.review.rules.writing.arguments import plain_argument, read_keys
from bot.review.rules.writing.invocation import invocation
from bot.review.rules.writing.rewrite import CannotWrite
from bot.review.rules.writing.surroundings import Location
from bot.review.rules.writing.testfile import block, test_file

if TYPE_CHECKING:
    from bot.review.rules import Candidate

SERVERS = frozenset({"psycopg", "psycopg2", "pymysql", "MySQLdb", "mysql", "aiomysql"})


def write(
    candidate: Candidate, template: Template, package: str | None, placement: Placement, attempt: int
) -> RegressionTest:
    """The test for a driver.

    Attempts: the plain one, then with the other kind of rows or another observation.
    """
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
        [
            *call.setup,
            call.call,
            "calls = connection.execute.call_args_list",
            "return [str(one.args[0]) for one in calls], str([one.args[1:] for one in calls])",
        ],
    )
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
    extra = _row_keys(candidate, code)
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
    compare = not quoted or swallows
    red = assertions.red(candidate, database, call, quoted=quoted, compare=compare, select=select)
    sibling = assertions.sibling(candidate, database, call, quoted=quoted, select=select)
    blocks = (database.code, assertions.outcome(function, database, call, quoted=quoted), red, sibling)
    return test_file(
        placement,
        f"`{function.name}`: {candidate.origin.label} is data for the database, never SQL.",
        (*database.imports, *call.imports),
        blocks,
    )


def _row_keys(candidate: Candidate, code: str) -> list[str]:
    """Columns that the code reads from rows by name."""
    kinds = ("args", "form", "json", "values")
    asked = {key for kind in kinds for key in read_keys(candidate.site.function, f"flask.request.{kind}")}
    asked |= {candidate.origin.key}
    return [key for _, key in re.findall(r"\w\[([\"'])(\w+)\1\]", code) if key not in asked]


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
            script.append(f"INSERT INTO {table} VALUES ({', '.join(cells)})")  # noqa: S608 - for a test, never run here
    return tuple(script)


def _cell(name: str) -> str:
    return "1" if re.search(r"(^|_)(id|count|age|total|price|amount|active)$", name) else "'sample'"


def _other_value(candidate: Candidate, hole: Hole) -> str:
    """The SQL literal that another value of the statement will have in the test."""
    name = hole.value.value if isinstance(hole.value, cst.Name) else ""
    function = candidate.site.function
    for one in function.parameters:
        if one.name.value != name:
            continue
        code = function.source.code(one.default) if one.default else plain_argument(function, one)
        return code.replace('"', "'") if re.fullmatch(r"([\"'])[\w .\-]*\1|\d+", code) else "'sample'"
    return "'sample'"
