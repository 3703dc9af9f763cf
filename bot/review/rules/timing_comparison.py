"""Comparison that tells by its time (CWE-208): a signature compared by `==`."""

from __future__ import annotations

import libcst as cst

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import EQUALS, Site
from bot.review.rules.writing.arguments import nothing
from bot.review.rules.writing.invocation import invocation
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite
from bot.review.rules.writing.testfile import block, test_file

MAKERS = frozenset({"hmac.new", "hmac.HMAC"})
DIGESTS = frozenset({"digest", "hexdigest"})


def _is_signature(site: Site, node: cst.BaseExpression) -> str:
    """ "digest" or "hexdigest" for an HMAC that was computed here, "" for anything else."""
    made = site.resolve(node)
    if isinstance(made, cst.Call) and site.function.called(made) == "hmac.digest":
        return "digest"
    if not isinstance(made, cst.Call) or not isinstance(made.func, cst.Attribute):
        return ""
    maker = site.resolve(made.func.value)
    if not isinstance(maker, cst.Call) or site.function.called(maker) not in MAKERS:
        return ""
    method = made.func.attr.value
    return method if method in DIGESTS else ""


def _kind(site: Site) -> str:
    """How the signature is written: as bytes by "digest", as text by "hexdigest"; "" for no signature."""
    if site.called != EQUALS:
        return ""
    left, right = (arg.value for arg in site.call.args)
    kinds = [_is_signature(site, left), _is_signature(site, right)]
    given = right if kinds[0] else left
    return "".join(kinds) if kinds.count("") == 1 and site.taint(given) else ""


def find(site: Site) -> Candidate | None:
    """An untrusted signature compared with the right one by `==` or `!=`."""
    if not _kind(site):
        return None
    taint = site.taint(site.call.args[0].value) | site.taint(site.call.args[1].value)
    origin, name = taint.origin, site.function.qualified
    return Candidate(
        site,
        origin,
        taint.lines,
        title=f"The time of a comparison tells the right signature in `{name}`",
        explanation=(
            f"`{name}` compares {origin.words} with the signature by `==`, which ends at the first "
            "character that differs. By its time the right signature can be found piece by piece."
        ),
        claim=Claim(
            entry=name,
            input="a signature that notes when it is compared by `==`",
            bad="it is compared by `==`",
            good="it is compared in a time that does not depend on it",
        ),
        confidence=Confidence.MEDIUM,
    )


def fix(candidate: Candidate) -> Rewrite:
    """`hmac.compare_digest`, on bytes."""
    site = candidate.site
    source, kind = site.function.source, _kind(site)
    comparison = source.parents.get(site.call.args[0].value)
    if not isinstance(comparison, cst.Comparison) or not kind:
        raise CannotWrite("The comparison is written in a way that the rule cannot change.")
    if site.function.imports.get("hmac") != "hmac":
        raise CannotWrite("The file does not import hmac as a whole.")
    ending = ".encode()" if kind == "hexdigest" else ""
    sides = [_atom(source.code(arg.value), arg.value) + ending for arg in site.call.args]
    is_equal = isinstance(comparison.comparisons[0].operator, cst.Equal)
    code = f"{'' if is_equal else 'not '}hmac.compare_digest({', '.join(sides)})"
    strategy = "The signatures are compared in a time that does not depend on them."
    return Rewrite(((source.spans[comparison], code),), strategy)


def _atom(code: str, node: cst.BaseExpression) -> str:
    is_atom = isinstance(node, cst.Name | cst.Attribute | cst.Call | cst.Subscript) or code.startswith("(")
    return code if is_atom else f"({code})"


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """The signature is not compared by `==`."""
    function, label = candidate.site.function, candidate.origin.label
    if attempt or candidate.origin.is_remote:
        raise CannotWrite("What a request carries cannot note how it is compared.")
    call = invocation(function, candidate.origin, placement, nothing)
    kind, text = ("bytes", 'b"0" * 32') if _kind(candidate.site) == "digest" else ("str", '"0" * 64')
    double = f"COMPARED = []\n\n\nclass Signature({kind}):\n" + "\n".join(
        f"    {row}" if row else ""
        for row in "\n".join((
            '"""Notes when it is compared by `==`."""',
            "",
            block("def __eq__(self, other):", "", ["COMPARED.append(1)", f"return {kind}(self) == other"]),
            "",
            block("def __ne__(self, other):", "", ["return not self == other"]),
            "",
            f"__hash__ = {kind}.__hash__",
        )).split("\n")
    )  # fmt: skip
    more = ", ".join(one for one in ("tmp_path", "monkeypatch") if call.uses(one))
    refusals = ", ".join(("ValueError", "PermissionError", *call.refusals))
    helper = block(
        f"def check({', '.join(filter(None, ['value', more]))}):",
        f"Has `{function.name}` compare a signature; a wrong one may be refused by an exception.",
        [*call.setup, f"with contextlib.suppress({refusals}):", f"    return {call.call}", "return None"],
    )
    passed = f", {more}" if more else ""
    red = block(
        f"def test_{label}_is_compared_in_constant_time({more}):",
        "The signature is not compared by `==`.",
        ["COMPARED.clear()", f"check(Signature({text}){passed})", "", "assert COMPARED == []"],
    )
    sibling = block(
        f"def test_wrong_{label}_is_still_told({more}):",
        "Two wrong signatures get the same answer.",
        [f"assert check({text}{passed}) == check({text.replace('0', '1', 1)}{passed})"],
    )
    guarantee = f"`{function.name}`: the time it takes does not tell the right {label}."
    imports = ("import contextlib", *call.imports)
    return test_file(placement, guarantee, imports, (double, helper, red, sibling))


WEAKNESS = WeaknessClass(
    rule="python/timing-comparison",
    cwe="CWE-208",
    name="Comparison that tells by its time",
    severity=Severity.MEDIUM,
    impact="Whoever can measure the answers can find a valid signature without the key.",
    sinks="`==` and `!=` between an input and an `hmac` made in the function",
    remedy="`hmac.compare_digest`",
    find=find,
    fix=fix,
    test=test,
)
