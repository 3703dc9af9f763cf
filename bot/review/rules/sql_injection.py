"""SQL injection (CWE-89): a statement put together from untrusted text."""

from __future__ import annotations

import re

import libcst as cst

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import argument
from bot.review.rules.analysis.source import Span
from bot.review.rules.analysis.template import Hole, Template, read_template
from bot.review.rules.sql.drivers import PLACEHOLDERS, driver
from bot.review.rules.sql.placeholders import VALUE_BEFORE, parametrise
from bot.review.rules.sql.regression import write
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite

METHODS = frozenset({"execute", "executemany", "executescript", "raw", "fetch_all", "fetch_one"})
STATEMENT = re.compile(r"^\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH|MERGE|CALL)\b", re.IGNORECASE)
TEXT = frozenset({"sqlalchemy.text", "sqlalchemy.sql.text", "sqlalchemy.sql.expression.text"})


def statement_argument(site: Site) -> tuple[cst.BaseExpression, bool] | None:
    """The expression of the statement text at a call, and whether SQLAlchemy's `text()` is around it."""
    first = argument(site.call, 0)
    if first is None:
        return None
    node = site.resolve(first.value)
    if isinstance(node, cst.Call) and site.function.called(node) in TEXT:
        inner = argument(node, 0)
        return (site.resolve(inner.value), True) if inner else None
    return node, False


def _template(site: Site) -> Template | None:
    found = statement_argument(site)
    template = read_template(site.function.source, found[0]) if found else None
    return template if template and template.holes and STATEMENT.match(template.text()) else None


def untrusted_holes(site: Site, template: Template) -> tuple[Hole, ...]:
    """Holes of the statement that carry untrusted text."""
    tainted = [(hole, site.taint(hole.value)) for hole in template.holes]
    return tuple(hole for hole, taint in tainted if taint and not taint.encodings)


def find(site: Site) -> Candidate | None:
    """Untrusted text in the statement handed to `execute`."""
    if site.method not in METHODS or not isinstance(site.call.func, cst.Attribute):
        return None
    template = _template(site)
    holes = untrusted_holes(site, template) if template else ()
    first = argument(site.call, 0)
    if template is None or not holes or first is None:
        return None
    chosen = min(holes, key=lambda hole: not _is_value(template, hole))
    taint = site.taint(chosen.value)
    origin = taint.origin
    name = site.function.qualified
    definition = site.statement_of(template.node)
    lines = frozenset(site.function.source.lines(definition)) if definition else frozenset()
    return Candidate(
        site,
        origin,
        taint.lines | lines,
        title=f"SQL injection: {origin.words} becomes part of a SQL statement in `{name}`",
        explanation=(
            f"`{name}` puts {origin.words} into the text of a statement and runs it with `{site.method}`. "
            "A quote in the input ends the SQL string, and what follows is read as SQL."
        ),
        claim=Claim(
            entry=name,
            input=f'{origin.label} = "O\'Brien"',
            bad="the quote changes the statement: the database reports an error or gives other rows",
            good="the quote is data: the statement stays as written and finds exactly this value",
        ),
        confidence=Confidence.HIGH if origin.is_remote else Confidence.MEDIUM,
    )


def _is_value(template: Template, wanted: Hole) -> bool:
    before = ""
    for part in template.parts:
        if part is wanted:
            break
        before += "?" if isinstance(part, Hole) else part.raw
    return bool(VALUE_BEFORE.search(before) or before.count("'") % 2)


def fix(candidate: Candidate) -> Rewrite:
    """Placeholders in the statement, the values beside it."""
    site = candidate.site
    template, found, first = _template(site), statement_argument(site), argument(site.call, 0)
    if template is None or found is None or first is None:
        raise CannotWrite("The statement is put together in a way that the rule cannot rewrite.")
    in_text = found[1]
    package = "sqlalchemy" if in_text else driver(site.function)
    if package is None or (package == "sqlalchemy" and not in_text):
        raise CannotWrite("The file does not show which database driver runs the statement.")
    if len(site.call.args) > 1:
        raise CannotWrite("The call already has parameters; the new ones cannot be put in order safely.")
    if site.method == "executemany":
        raise CannotWrite("executemany takes its rows from its second argument.")
    mark = PLACEHOLDERS[package]
    untrusted = set(untrusted_holes(site, template))
    done = parametrise(site.function.source, template, mark, lambda hole: hole in untrusted)
    if mark == ":":
        pairs = ", ".join(f'"{name}": {value}' for name, value in zip(done.names, done.values, strict=True))
        given = f"{{{pairs}}}"
    else:
        given = f"({', '.join(done.values)}{',' if len(done.values) == 1 else ''})"
    end = site.function.source.outer_span(first.value).end
    replacements = (*done.replacements, (Span(end, end), f", {given}"), *_single(candidate, template))
    return Rewrite(replacements, "The statement uses placeholders, and the values travel beside it.")


def _single(candidate: Candidate, template: Template) -> tuple[tuple[Span, str], ...]:
    """`executescript` takes no parameters: one statement goes to `execute` instead."""
    site = candidate.site
    if site.method != "executescript" or not isinstance(site.call.func, cst.Attribute):
        return ()
    if ";" in template.text().strip().rstrip(";"):
        raise CannotWrite("A script of several statements takes no parameters.")
    return ((site.function.source.spans[site.call.func.attr], "execute"),)


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """A quote in the input is data: no error of the database, and no more rows than for any other value."""
    site = candidate.site
    template, found = _template(site), statement_argument(site)
    if template is None or found is None:
        raise CannotWrite("The statement is put together in a way that a test cannot follow.")
    package = "sqlalchemy" if found[1] else driver(site.function)
    return write(candidate, template, package, placement, attempt)


WEAKNESS = WeaknessClass(
    rule="python/sql-injection",
    cwe="CWE-89",
    name="SQL injection",
    severity=Severity.HIGH,
    impact="Whoever controls the input can read, change or delete what the database account may reach.",
    sinks=(
        "`execute`, `executemany`, `executescript`, `raw`, SQLAlchemy's `text` with an "
        "f-string, `%`, `.format` or `+`"
    ),
    remedy="placeholders of the file's driver, the values as parameters",
    find=find,
    fix=fix,
    test=test,
)
