"""Template injection (CWE-1336): untrusted text becomes part of a template, which is a program."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import argument
from bot.review.rules.analysis.source import Span
from bot.review.rules.analysis.taint import Taint
from bot.review.rules.analysis.template import Hole, Style, Template, Token, read_template
from bot.review.rules.writing.options import has_stars
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite
from bot.review.rules.writing.shown import Look, write

RENDERS = frozenset({"flask.render_template_string", "flask.templating.render_template_string"})
MAKES = frozenset({"jinja2.Template"})


def _text(site: Site) -> cst.BaseExpression | None:
    """The expression of the template's text."""
    is_method = site.method == "from_string" and isinstance(site.call.func, cst.Attribute)
    uses_jinja = any(home.partition(".")[0] == "jinja2" for home in site.function.imports.values())
    if site.called not in RENDERS | MAKES and not (is_method and uses_jinja):
        return None
    given = argument(site.call, 0, "source")
    return given.value if given else None


def _template(site: Site, node: cst.BaseExpression) -> Template | None:
    """The text that the program wrote around the input; None when the input is the whole template."""
    template = read_template(site.function.source, site.resolve(node))
    return template if template and template.holes else None


def _reach(site: Site) -> Taint | None:
    node = _text(site)
    taint = site.taint(node) if node is not None else None
    if node is None or not taint or taint.encodings:
        return None
    # A function that takes a whole template from its caller is what template libraries are made of
    return taint if taint.origin.is_remote or _template(site, node) else None


def find(site: Site) -> Candidate | None:
    """Untrusted text inside the text of a template."""
    taint = _reach(site)
    if taint is None:
        return None
    origin, name = taint.origin, site.function.qualified
    return Candidate(
        site,
        origin,
        taint.lines,
        title=f"Template injection: {origin.words} becomes part of a template in `{name}`",
        explanation=(
            f"`{name}` puts {origin.words} into the text of a Jinja template before it is rendered. "
            "Expressions in the input are computed with everything that the template can reach."
        ),
        claim=Claim(
            entry=name,
            input=f'{origin.label} = "{{{{ 7 * 191 }}}}"',
            bad="the answer holds the computed number",
            good="the input is shown as text, or refused",
        ),
        confidence=Confidence.HIGH,
    )


def fix(candidate: Candidate) -> Rewrite:
    """The input as a variable of the template."""
    site = candidate.site
    source, node = site.function.source, _text(site)
    template = _template(site, node) if node is not None else None
    if template is None:
        raise CannotWrite("The whole template is the input: it needs another design.")
    rendering = _rendering(site)
    given = {arg.keyword.value: source.code(arg.value) for arg in rendering.args if arg.keyword}
    names: list[str] = []
    for hole in template.holes:
        if not site.taint(hole.value):
            raise CannotWrite("Text of the program's own is put into the template as well.")
        names.append(_name(source.code(hole.value), [*given, *names], hole))
    left = iter(names)
    replacements = [(token.span, _filled(token, template.style, left)) for token in template.tokens]
    if template.tail is not None:
        replacements.append((template.tail, ""))
    values = [f"{name}={source.code(hole.value)}" for name, hole in zip(names, template.holes, strict=True)]
    end = source.spans[rendering].end - 1
    if rendering.args:
        end = source.outer_span(rendering.args[-1].value).end
    lead = ", " if rendering.args else ""
    replacements.append((Span(end, end), lead + ", ".join(values)))
    return Rewrite(tuple(replacements), "The template is fixed; the input is a variable of it.")


def _rendering(site: Site) -> cst.Call:
    """The call that takes the template's variables."""
    call = site.call
    if site.called not in RENDERS:
        attribute = site.function.source.parents.get(site.call)
        parent = site.function.source.parents.get(attribute) if attribute is not None else None
        is_render = isinstance(attribute, cst.Attribute) and attribute.attr.value == "render"
        if not is_render or not isinstance(parent, cst.Call):
            raise CannotWrite("The template is rendered in another place than it is made.")
        call = parent
    if has_stars(call) or (site.called not in RENDERS and any(not arg.keyword for arg in call.args)):
        raise CannotWrite("The template's variables are not written out.")
    return call


def _name(code: str, taken: list[str], hole: Hole) -> str:
    if not hole.plain:
        raise CannotWrite("The value is formatted on its way into the template.")
    base = code if re.fullmatch(r"[a-z]\w*", code) else "value"
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    return name


def _filled(token: Token, style: Style, names: Iterator[str]) -> str:
    """The literal with a variable for each value."""
    text = ""
    for part in token.parts:
        if isinstance(part, Hole):
            text += f"{{{{ {next(names)} }}}}"
        elif style in {"f-string", "format"}:
            text += part.raw.replace("{{", "{").replace("}}", "}")
        else:
            text += part.raw.replace("%%", "%") if style == "percent" else part.raw
    prefix = token.prefix.replace("f", "").replace("F", "")
    return f"{prefix}{token.quote}{text}{token.quote}"


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """An expression in the input is not computed."""
    if attempt:
        raise CannotWrite("No input made the template compute anything.")
    look = Look(
        marked='"{{ 7 * 191 }}"',
        unwanted='"1337"',
        plain='"sample words"',
        wanted='"sample words"',
        claim="is_not_computed",
        doc="An expression in the input stays text, or is refused.",
        guarantee="is a value in the template, never a part of it",
    )
    return write(candidate, placement, look)


WEAKNESS = WeaknessClass(
    rule="python/template-injection",
    cwe="CWE-1336",
    name="Template injection",
    severity=Severity.CRITICAL,
    impact="Whoever controls the text can read what the template reaches, and often run code.",
    sinks="`render_template_string`, `jinja2.Template`, `Environment.from_string`",
    remedy="the input becomes a variable of the template",
    find=find,
    fix=fix,
    test=test,
)
