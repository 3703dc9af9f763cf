"""Templates without escaping (CWE-116): Jinja, which does not escape unless it is asked to."""

from __future__ import annotations

import re
from dataclasses import dataclass

import libcst as cst

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import argument
from bot.review.rules.analysis.taint import CLEAN, Taint
from bot.review.rules.cross_site_scripting import TAG
from bot.review.rules.writing.constants import behind, text_behind
from bot.review.rules.writing.options import has_stars, is_constant, with_option
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite
from bot.review.rules.writing.shown import Look, write


@dataclass(frozen=True, eq=False)
class Unescaped:
    """The call that made the engine, `Environment(…)` or `Template(…)`, and what its template shows."""

    maker: cst.Call
    taint: Taint


def _unescaped(site: Site) -> Unescaped | None:
    """What a template without escaping shows, None for any other call."""
    if site.method != "render" or not isinstance(site.call.func, cst.Attribute):
        return None
    made = behind(site, site.call.func.value)
    text: cst.Arg | None = None
    if isinstance(made, cst.Call) and site.function.called(made) == "jinja2.Template":
        text, maker = argument(made, 0, "source"), made
    elif isinstance(made, cst.Call) and isinstance(made.func, cst.Attribute):
        engine = behind(site, made.func.value)
        if made.func.attr.value != "from_string" or not isinstance(engine, cst.Call):
            return None
        if site.function.called(engine) != "jinja2.Environment":
            return None
        text, maker = argument(made, 0, "source"), engine
    if text is None or has_stars(maker):
        return None
    html = text_behind(site, text.value) or ""
    is_off = argument(maker, -1, "autoescape") is None or is_constant(maker, "autoescape", "False")
    taint = _shown(site, html)
    is_shown = is_off and TAG.search(html) and taint and not taint.encodings
    return Unescaped(maker, taint) if is_shown else None


def _shown(site: Site, html: str) -> Taint:
    """The inputs that the template shows by `{{ name }}` and nothing else."""
    taint = CLEAN
    for arg in site.call.args:
        if arg.keyword and re.search(rf"\{{\{{-?\s*{arg.keyword.value}\s*-?\}}\}}", html):
            taint |= site.taint(arg.value)
    return taint


def find(site: Site) -> Candidate | None:
    """Untrusted text shown by an HTML template that does not escape."""
    found = _unescaped(site)
    if found is None:
        return None
    taint = found.taint
    origin, name = taint.origin, site.function.qualified
    return Candidate(
        site,
        origin,
        taint.lines,
        title=f"A template shows {origin.words} without escaping it in `{name}`",
        explanation=(
            f"`{name}` renders HTML with {origin.words} in it. Jinja escapes values only with "
            "`autoescape`, which is off here: tags in the input become tags of the page."
        ),
        claim=Claim(
            entry=name,
            input=f'{origin.label} = "<b>marked"',
            bad="the page holds the tag",
            good="the page holds the tag as text, or the input is refused",
        ),
        confidence=Confidence.HIGH if origin.is_remote else Confidence.MEDIUM,
    )


def fix(candidate: Candidate) -> Rewrite:
    """Jinja's own escaping switched on."""
    found = _unescaped(candidate.site)
    if found is None:
        raise CannotWrite("The template is made in a way that the rule cannot read.")
    option = with_option(candidate.site.function.source, found.maker, "autoescape", "True")
    return Rewrite((option,), "Jinja escapes what it puts into the page.")


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """A tag in the input is not a tag of the page."""
    if attempt:
        raise CannotWrite("No tag came back as it was.")
    look = Look(
        marked='"<b>marked"',
        unwanted='"<b>marked"',
        plain='"sample words"',
        wanted='"sample words"',
        claim="is_escaped",
        doc="A tag in the input is shown as text, or refused.",
        guarantee="is shown as text, whatever it holds",
    )
    return write(candidate, placement, look)


WEAKNESS = WeaknessClass(
    rule="python/template-escaping",
    cwe="CWE-116",
    name="Template without escaping",
    severity=Severity.MEDIUM,
    impact="Whoever controls the text can put scripts into the page that others see.",
    sinks="`render` of an HTML template from `jinja2.Template` or `Environment` without `autoescape`",
    remedy="`autoescape=True`",
    find=find,
    fix=fix,
    test=test,
)
