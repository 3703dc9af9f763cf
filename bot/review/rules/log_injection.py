"""Log injection (CWE-117): a request that writes lines of its own into the log."""

from __future__ import annotations

import re

import libcst as cst

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import argument, dotted
from bot.review.rules.analysis.source import Span
from bot.review.rules.analysis.taint import CLEAN, Taint
from bot.review.rules.analysis.template import read_template
from bot.review.rules.writing.arguments import nothing
from bot.review.rules.writing.invocation import invocation
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite
from bot.review.rules.writing.testfile import block, test_file

LEVELS = frozenset({"debug", "info", "warning", "error", "critical", "exception"})
LOGGER = re.compile(r"(^|[._])(log|logger|logging|LOG|LOGGER)$")
HOLDS_NEWLINE = frozenset({"args", "form", "values", "json", "data", "route"})
DROPS_NEWLINE = re.compile(r"\b(replace|translate|sub|splitlines|split)\([^)]*\\[rn]|splitlines\(\)")
FIELD = re.compile(r"%%|%[a-z]")


def _values(site: Site) -> list[tuple[cst.BaseExpression, Span | None, str]]:
    """The inputs that a message shows as they are: each with what to replace so that it is quoted."""
    func, message = site.call.func, argument(site.call, 0, "msg")
    if site.method not in LEVELS or not isinstance(func, cst.Attribute) or message is None:
        return []
    source = site.function.source
    node = site.resolve(message.value)
    template = read_template(source, node)
    if template is None or not LOGGER.search(dotted(func.value)):
        return []
    if template.style == "f-string":
        ends = [(one, source.outer_span(one.value).end) for one in template.holes if one.plain]
        return [(one.value, Span(end, end), "!r") for one, end in ends]
    if template.style != "plain":
        return [(one.value, None, "") for one in template.holes]
    return _fields(site, node)


def _fields(site: Site, node: cst.BaseExpression) -> list[tuple[cst.BaseExpression, Span | None, str]]:
    """Arguments of a message such as "user %s", each with the place of its `s`."""
    given = [arg.value for arg in site.call.args[1:] if not arg.keyword and not arg.star]
    if not isinstance(node, cst.SimpleString):
        return []
    start = site.function.source.spans[node].start + len(node.prefix) + len(node.quote)
    found = [one for one in FIELD.finditer(node.raw_value) if one[0] != "%%"]
    if len(found) != len(given):
        return []
    values: list[tuple[cst.BaseExpression, Span | None, str]] = []
    for one, value in zip(found, given, strict=True):
        end = start + len(node.raw_value[: one.end()].encode())
        if one[0] == "%s":
            values.append((value, Span(end - 1, end), "r"))
    return values


def _reach(site: Site) -> Taint:
    taint = CLEAN
    if DROPS_NEWLINE.search(site.function.source.code(site.function.node.body)):
        return CLEAN
    for value, _, _ in _values(site):
        taint |= site.taint(value)
    kept = taint.without(frozenset(one for one in taint.origins if one.kind not in HOLDS_NEWLINE))
    return CLEAN if kept.encodings else kept


def find(site: Site) -> Candidate | None:
    """A part of a request in a log message, as it came."""
    taint = _reach(site)
    if not taint:
        return None
    origin, name = taint.origin, site.function.qualified
    return Candidate(
        site,
        origin,
        taint.lines,
        title=f"Log injection: {origin.words} is logged as it came in `{name}`",
        explanation=(
            f"`{name}` logs {origin.words} without quoting it. A line break in the input starts a new "
            "line of the log, which can say anything."
        ),
        claim=Claim(
            entry=name,
            input=f"{origin.label} with a line break in it",
            bad="the message has a second line that the input wrote",
            good="the message keeps to one line",
        ),
        confidence=Confidence.MEDIUM,
    )


def fix(candidate: Candidate) -> Rewrite:
    """The input quoted by `repr`, which writes a line break as two characters."""
    site = candidate.site
    replacements = []
    for value, place, code in _values(site):
        if site.taint(value):
            if place is None:
                raise CannotWrite("The message is put together in a way that the rule cannot change.")
            replacements.append((place, code))
    return Rewrite(tuple(replacements), "The input is quoted, line breaks included.")


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """A line break in the input is not one of the log."""
    function, label = candidate.site.function, candidate.origin.label
    if attempt:
        raise CannotWrite("No line of the input's came into the log.")
    call = invocation(function, candidate.origin, placement, nothing)
    more = "".join(f", {one}" for one in ("tmp_path", "monkeypatch") if call.uses(one))
    helper = block(
        f"def logged(caplog, value{more}):",
        f"The messages that `{function.name}` logs for the value.",
        [
            "caplog.set_level(logging.DEBUG)",
            *call.setup,
            call.call,
            "return [one.getMessage() for one in caplog.records]",
        ],
    )
    red = block(
        f"def test_{label}_adds_no_line_to_the_log(caplog{more}):",
        "What stands behind a line break does not start a line of the log.",
        [
            f'messages = logged(caplog, "sample\\nforged line"{more})',
            "",
            'assert [one for one in messages if "\\nforged line" in one] == []',
        ],
    )
    sibling = block(
        f"def test_plain_{label}_is_still_logged(caplog{more}):",
        "A plain input is in the log.",
        [f'assert any("sample" in one for one in logged(caplog, "sample"{more}))'],
    )
    guarantee = f"`{function.name}`: {label} cannot write lines of its own into the log."
    return test_file(placement, guarantee, ("import logging", *call.imports), (helper, red, sibling))


WEAKNESS = WeaknessClass(
    rule="python/log-injection",
    cwe="CWE-117",
    name="Log injection",
    severity=Severity.LOW,
    impact="Whoever sends the request can write lines into the log that look like the program's.",
    sinks="log messages of a Flask view that show a part of the request",
    remedy="the input quoted by `!r` or `%r`",
    find=find,
    fix=fix,
    test=test,
)
