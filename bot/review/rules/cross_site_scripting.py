"""Cross-site scripting (CWE-79): untrusted text put into HTML as it is."""

from __future__ import annotations

import re

import libcst as cst

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import RETURN, Site
from bot.review.rules.analysis.names import argument
from bot.review.rules.analysis.origins import flask_rule
from bot.review.rules.analysis.taint import Taint
from bot.review.rules.analysis.template import Template, Text, read_template
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite
from bot.review.rules.writing.shown import Look, write

TAG = re.compile(r"<[a-zA-Z][a-zA-Z0-9]*[\s/>]")
MARKS = frozenset({"markupsafe.Markup", "flask.Markup"})
# Where the value stands when escaping it is not enough
IN_SCRIPT = re.compile(r"<(script|style)\b(?!.*</\1)", re.IGNORECASE | re.DOTALL)
IN_ADDRESS = re.compile(r"\b(href|src|action|formaction|on\w+)\s*=\s*[\"']?[^\"'>]*$", re.IGNORECASE)
UNQUOTED = re.compile(r"<[^<>]*=\s*[^\s\"'<>]*$")


def _html(site: Site) -> Template | None:
    """The HTML with values in it that the call marks as safe, or that a view answers with."""
    if site.called not in MARKS and not (site.called == RETURN and flask_rule(site.function)):
        return None
    given = argument(site.call, 0)
    node = given.value if given else None
    if isinstance(node, cst.Tuple) and _is_text_and_status(node):
        node = node.elements[0].value
    template = read_template(site.function.source, site.resolve(node)) if node is not None else None
    return template if template and TAG.search(template.text("")) else None


def _is_text_and_status(node: cst.Tuple) -> bool:
    return len(node.elements) == 2 and isinstance(node.elements[1].value, cst.Integer)


def _reach(site: Site) -> Taint | None:
    template = _html(site)
    if template is None:
        return None
    taint = Taint()
    for hole in template.holes:
        taint |= site.taint(hole.value)
    return taint if taint and not taint.encodings else None


def find(site: Site) -> Candidate | None:
    """Untrusted text in HTML that is put together by hand."""
    taint = _reach(site)
    if taint is None:
        return None
    origin, name = taint.origin, site.function.qualified
    return Candidate(
        site,
        origin,
        taint.lines,
        title=f"Cross-site scripting: {origin.words} is put into HTML as it is in `{name}`",
        explanation=(
            f"`{name}` builds HTML around {origin.words} without escaping it. "
            "Tags in the input become tags of the page, scripts included."
        ),
        claim=Claim(
            entry=name,
            input=f'{origin.label} = "<i>marked"',
            bad="the page holds the tag",
            good="the page holds the tag as text, or the input is refused",
        ),
        confidence=Confidence.HIGH if origin.is_remote else Confidence.MEDIUM,
    )


def fix(candidate: Candidate) -> Rewrite:
    """Each value escaped."""
    site = candidate.site
    source, template = site.function.source, _html(site)
    if template is None:
        raise CannotWrite("The HTML is put together in a way that the rule cannot read.")
    imports = site.function.imports
    homes = {"markupsafe.escape", "flask.escape"}
    local = next((name for name, home in imports.items() if home in homes), "")
    escape = local or "escape"
    if not local and escape in {*imports, *site.names}:
        raise CannotWrite("The name `escape` stands for something else here.")
    replacements = []
    before = ""
    for part in template.parts:
        if isinstance(part, Text):
            before += part.raw
        elif site.taint(part.value):
            if any(one.search(before) for one in (IN_SCRIPT, IN_ADDRESS, UNQUOTED)):
                raise CannotWrite("Escaping is not enough for a script, an address or an unquoted attribute.")
            code = f"{escape}({source.code(part.value)})"
            # Text added to escaped text would be escaped too
            code = f"str({code})" if template.style == "plus" else code
            replacements.append((source.outer_span(part.value), code))
    needed = () if local else ("from markupsafe import escape",)
    return Rewrite(tuple(replacements), "The input is escaped before it is put into the HTML.", needed)


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """A tag in the input is not a tag of the page."""
    if attempt:
        raise CannotWrite("No tag came back as it was.")
    look = Look(
        marked='"<i>marked"',
        unwanted='"<i>marked"',
        plain='"sample words"',
        wanted='"sample words"',
        claim="is_not_markup",
        doc="A tag in the input is shown as text, or refused.",
        guarantee="is text of the page, never markup",
    )
    return write(candidate, placement, look)


WEAKNESS = WeaknessClass(
    rule="python/cross-site-scripting",
    cwe="CWE-79",
    name="Cross-site scripting",
    severity=Severity.HIGH,
    impact="Whoever gets somebody to follow a link can act in the page with that person's rights.",
    sinks="HTML put together in a Flask view's answer or in `Markup`",
    remedy="`markupsafe.escape` around the input",
    find=find,
    fix=fix,
    test=test,
)
