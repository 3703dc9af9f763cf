"""Code injection (CWE-95): untrusted text evaluated as Python."""

from __future__ import annotations

import re

import libcst as cst

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import argument
from bot.review.rules.loading.content import Content
from bot.review.rules.loading.regression import Sample, keys_of, write
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite

CALCULATOR = re.compile(
    r"calc|comput|formula|express|equation|math|condition|predicate|filter|rule", re.IGNORECASE
)


def _content(site: Site) -> Content | None:
    if site.called not in {"eval", "exec", "builtins.eval", "builtins.exec"}:
        return None
    first = argument(site.call, 0)
    taint = site.taint(first.value) if first else None
    return Content(taint, is_file=False) if taint and not taint.encodings else None


def find(site: Site) -> Candidate | None:
    """Untrusted text handed to eval or exec."""
    found = _content(site)
    if found is None:
        return None
    name, method = site.function.qualified, site.method
    return Candidate(
        site,
        found.origin,
        found.taint.lines,
        title=f"Code injection: {found.origin.words} is run by `{method}` in `{name}`",
        explanation=(
            f"`{name}` hands {found.origin.words} to `{method}`, which runs any Python code in it, "
            f"calls and imports "
            "included."
        ),
        claim=Claim(
            entry=name,
            input="text that calls a harmless function of the test",
            bad="the function is called",
            good="the text is refused, and nothing is called",
        ),
        confidence=Confidence.HIGH,
    )


def fix(candidate: Candidate) -> Rewrite:
    """Literals only, where literals are what the function reads."""
    site = candidate.site
    first = argument(site.call, 0)
    if site.method != "eval":
        raise CannotWrite(
            "Text that is run as statements has no safe twin; the function needs another design."
        )
    if CALCULATOR.search(site.function.qualified + " " + candidate.origin.label):
        raise CannotWrite(
            "The function evaluates expressions, which ast.literal_eval does not: it needs a parser."
        )
    if len(site.call.args) != 1 or first is None or not _is_whole(site, first.value):
        raise CannotWrite("The evaluated text is more than a literal.")
    local = next((name for name, home in site.function.imports.items() if home == "ast.literal_eval"), "")
    place = site.function.source.spans[site.call.func]
    imports = () if local or site.function.imports.get("ast") == "ast" else ("import ast",)
    return Rewrite(
        ((place, local or "ast.literal_eval"),), "Only literals are read; calls are refused.", imports
    )


def _is_whole(site: Site, node: cst.BaseExpression) -> bool:
    """Is the evaluated text the input itself, with no code of ours around it?"""
    node = site.resolve(node)
    return not isinstance(node, cst.FormattedString | cst.BinaryOperation | cst.ConcatenatedString) and not (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and node.func.attr.value == "format"
    )


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """Text that calls a function is refused."""
    found = _content(candidate.site)
    first = argument(candidate.site.call, 0)
    if found is None or first is None or not _is_whole(candidate.site, first.value):
        raise CannotWrite("A test cannot tell what stands around the input when it is run.")
    literals = ("[1, 2]", "1", "'sample'")
    if attempt >= len(literals):
        raise CannotWrite("No text made the code call a function.")
    keys = ", ".join(f"'{key}': 'sample'" for key in keys_of(candidate))
    plain = f"{{{keys}}}" if keys and not attempt else literals[attempt]
    marked = "f\"__import__('sys').modules[{__name__!r}].record('ran')\""
    errors = ("ValueError", "TypeError", "SyntaxError", "LookupError")
    if candidate.site.method == "exec":
        plain = "1"
    sample = Sample(marked, f'"{plain}"', (), (), errors, returned=plain.replace("'", '"'))
    return write(candidate, found, sample, placement, "text")


WEAKNESS = WeaknessClass(
    rule="python/code-injection",
    cwe="CWE-95",
    name="Code injection",
    severity=Severity.CRITICAL,
    impact="Whoever controls the text can run code with the rights of this process.",
    sinks="`eval`, `exec`",
    remedy="`ast.literal_eval` where the function reads literals",
    find=find,
    fix=fix,
    test=test,
)
