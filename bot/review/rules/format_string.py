"""Format string of the input's (CWE-134): text that walks through the attributes of what it is given."""

from __future__ import annotations

import libcst as cst

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.source import Span
from bot.review.rules.analysis.taint import Taint
from bot.review.rules.analysis.template import read_template
from bot.review.rules.writing.options import has_stars
from bot.review.rules.writing.refusal import refuse
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite, before_function
from bot.review.rules.writing.shown import Look, write

NAME = "PlainFormatter"


def _reach(site: Site) -> Taint | None:
    """The input that `.format()` is called on, when it is the whole text and comes from a request."""
    func = site.call.func
    if site.method != "format" or not isinstance(func, cst.Attribute) or not site.call.args:
        return None
    taint = site.taint(func.value)
    if not taint or taint.encodings or not taint.origin.is_remote:
        return None
    is_ours = read_template(site.function.source, site.resolve(func.value)) is not None
    return None if is_ours or has_stars(site.call) else taint


def find(site: Site) -> Candidate | None:
    """A format string out of a request."""
    taint = _reach(site)
    if taint is None:
        return None
    origin, name = taint.origin, site.function.qualified
    return Candidate(
        site,
        origin,
        taint.lines,
        title=f"Format string: `{name}` fills in {origin.words}",
        explanation=(
            f"`{name}` calls `format` on {origin.words}. A field of it may ask for any attribute of the "
            "values that are filled in, and for theirs, down to settings and keys."
        ),
        claim=Claim(
            entry=name,
            input=f'{origin.label} = "{_field(site)}"',
            bad="the answer shows the attribute",
            good="the input is refused, or the field stays as it is",
        ),
        confidence=Confidence.HIGH,
    )


def _field(site: Site) -> str:
    """A field for a harmless attribute of the first value."""
    first = site.call.args[0]
    return f"{{{first.keyword.value if first.keyword else 0}.__class__}}"


def fix(candidate: Candidate) -> Rewrite:
    """A formatter that fills in values, and no parts of them."""
    site = candidate.site
    source, func = site.function.source, site.call.func
    if not isinstance(func, cst.Attribute) or site.function.imports.get("string", "string") != "string":
        raise CannotWrite("The name `string` stands for something else here.")
    first = source.outer_span(site.call.args[0].value)
    if (keyword := site.call.args[0].keyword) is not None:
        first = source.spans[keyword]
    place = Span(source.spans[site.call].start, first.start)
    replacements = [(place, f"{NAME}().format({source.code(func.value)}, ")]
    imports: tuple[str, ...] = ()
    if f"class {NAME}(".encode() not in source.data:
        refusal, needed = refuse(site.function, 400, "A field is not the name of a value.")
        replacements.append(before_function(source, site.function.node, _formatter(refusal)))
        imports = (*needed, *(() if site.function.imports.get("string") == "string" else ("import string",)))
    return Rewrite(tuple(replacements), "A formatter that refuses to show parts of the values.", imports)


def _formatter(refusal: str) -> tuple[str, ...]:
    return (
        f"class {NAME}(string.Formatter):",
        '    """Fills in values as they are: a field that asks for a part of one is refused."""',
        "",
        "    def get_field(self, field_name, args, kwargs):",
        '        if "." in field_name or "[" in field_name:',
        f"            {refusal}",
        "        return super().get_field(field_name, args, kwargs)",
        "",
        "",
    )


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """An attribute that the input asks for is not shown."""
    if attempt:
        raise CannotWrite("No field of the input was filled in.")
    look = Look(
        marked=f'"{_field(candidate.site)}"',
        unwanted='"<class"',
        plain='"sample words"',
        wanted='"sample words"',
        claim="shows_no_attributes",
        doc="A field that asks for an attribute is refused, or stays as it is.",
        guarantee="fills in values, never parts of them",
    )
    return write(candidate, placement, look)


WEAKNESS = WeaknessClass(
    rule="python/format-string",
    cwe="CWE-134",
    name="Format string from outside",
    severity=Severity.HIGH,
    impact="Whoever sends the text can read what the filled-in objects hold or reach.",
    sinks="`.format(…)` called on text of a request",
    remedy="a formatter that refuses fields with `.` and `[`",
    find=find,
    fix=fix,
    test=test,
)
