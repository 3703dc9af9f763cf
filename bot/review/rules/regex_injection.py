"""Input read as a pattern (CWE-625): untrusted text inside a regular expression."""

from __future__ import annotations

import re

import libcst as cst

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import argument
from bot.review.rules.analysis.taint import CLEAN, Taint
from bot.review.rules.analysis.template import Template, Text, read_template
from bot.review.rules.writing.arguments import plain_value
from bot.review.rules.writing.invocation import Invocation, invocation
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite
from bot.review.rules.writing.testfile import block, test_file

CALLS = frozenset(
    f"re.{one}"
    for one in ("search", "match", "fullmatch", "compile", "sub", "subn", "findall", "finditer", "split")
)
# Parameters that hold words of somebody, not a piece of a pattern that the caller wrote
WORDS = re.compile(
    r"(search|query|filter)_(term|text|word)|term|query|word|keyword|phrase|user_?name|user|title|city|email|tag"
)
IN_SET = re.compile(r"(?<!\\)\[[^\]]*$")


def _pattern(site: Site) -> Template | None:
    """The pattern that the program wrote around values."""
    given = argument(site.call, 0, "pattern") if site.called in CALLS else None
    template = read_template(site.function.source, site.resolve(given.value)) if given else None
    if template is None or not any(isinstance(one, Text) and one.raw for one in template.parts):
        return None
    return template


def _reach(site: Site) -> Taint:
    taint = CLEAN
    template = _pattern(site)
    for hole in template.holes if template else ():
        taint |= site.taint(hole.value)
    words = frozenset(
        one for one in taint.origins if not one.is_remote and not WORDS.fullmatch(one.key or one.name)
    )
    return CLEAN if taint.encodings else taint.without(words)


def find(site: Site) -> Candidate | None:
    """Untrusted text inside a pattern, not escaped."""
    taint = _reach(site)
    if not taint:
        return None
    origin, name = taint.origin, site.function.qualified
    return Candidate(
        site,
        origin,
        taint.lines,
        title=f"{origin.words} is read as a regular expression in `{name}`".replace("the ", "The ", 1),
        explanation=(
            f"`{name}` puts {origin.words} into a pattern for `{site.called}` without escaping it. The "
            "input can match what it should not, fail to compile, or take very long."
        ),
        claim=Claim(
            entry=name,
            input=f'{origin.label} = "("',
            bad="the input is read as a pattern, which fails to compile",
            good="the input is read as text",
        ),
        confidence=Confidence.MEDIUM,
    )


def fix(candidate: Candidate) -> Rewrite:
    """Each value escaped."""
    site = candidate.site
    source, template = site.function.source, _pattern(site)
    if template is None:
        raise CannotWrite("The pattern is put together in a way that the rule cannot read.")
    replacements = []
    before = ""
    for part in template.parts:
        if isinstance(part, Text):
            before += part.raw
        elif site.taint(part.value):
            if IN_SET.search(before):
                raise CannotWrite("The input stands inside a set of characters.")
            replacements.append((source.outer_span(part.value), f"re.escape({source.code(part.value)})"))
    imports = () if site.function.imports.get("re") == "re" else ("import re",)
    return Rewrite(tuple(replacements), "The input is matched as text.", imports)


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """A parenthesis in the input is a parenthesis."""
    function, label = candidate.site.function, candidate.origin.label
    if attempt:
        raise CannotWrite("No input was read as a pattern.")
    call = invocation(function, candidate.origin, placement, _lines)
    more = [one for one in ("tmp_path", "monkeypatch") if call.uses(one)]
    helper, imports = _helper(function.name, call, more)
    passed = "".join(f", {one}" for one in more)
    red = block(
        f"def test_{label}_is_read_as_text({', '.join(more)}):",
        "A parenthesis in the input is a parenthesis, or is refused.",
        [f'assert give("("{passed}) != FAILED'],
    )
    sibling = block(
        f"def test_plain_{label}_still_works({', '.join(more)}):",
        "A plain input is taken as before.",
        [f'assert give("sample"{passed}) != FAILED'],
    )
    guarantee = f"`{function.name}`: {label} is text, not a pattern."
    return test_file(placement, guarantee, (*imports, *call.imports), (helper, red, sibling))


def _lines(name: str, parameter: cst.Param) -> str | None:
    """Lists that are searched must not be empty."""
    is_list = parameter.annotation is not None and parameter.default is None
    return '["sample"]' if is_list and plain_value(name, parameter) == "[]" else None


def _helper(name: str, call: Invocation, more: list[str]) -> tuple[str, tuple[str, ...]]:
    head = f"def give({', '.join(['value', *more])}):"
    doc = f"What `{name}` makes of the value, FAILED when it is no pattern."
    mark = 'FAILED = "the input is no pattern"\n\n\n'
    if call.is_response:
        rows = [*call.setup, f"reply = {call.call}", "return FAILED if reply.status_code >= 500 else reply"]
        return mark + block(head, doc, rows), ()
    refusals = ", ".join(("ValueError", *call.refusals))
    caught = f"({refusals})" if call.refusals else refusals
    rows = [*call.setup, "try:", f"    return {call.call}", "except re.error:", "    return FAILED",
            f"except {caught}:", "    return None"]  # fmt: skip
    return mark + block(head, doc, rows), ("import re",)


WEAKNESS = WeaknessClass(
    rule="python/regex-injection",
    cwe="CWE-625",
    name="Input read as a pattern",
    severity=Severity.MEDIUM,
    impact="Whoever controls the text can match what was not meant, or keep the process busy.",
    sinks="functions of `re` whose pattern is put together with words from outside",
    remedy="`re.escape` around the input",
    find=find,
    fix=fix,
    test=test,
)
