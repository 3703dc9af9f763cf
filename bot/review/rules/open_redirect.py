"""Open redirect (CWE-601): a link to this site that leads to any other one."""

from __future__ import annotations

import libcst as cst

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import argument
from bot.review.rules.analysis.taint import Taint
from bot.review.rules.analysis.template import Hole, read_template
from bot.review.rules.writing.refusal import guarded
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite
from bot.review.rules.writing.shown import Look, write

CALLS = frozenset({"flask.redirect", "werkzeug.utils.redirect"})
# A path of this site. Browsers drop tabs and newlines, and read `\` like `/`.
OWN_PATH = r"/(?!/)[^\s\\]*"


def _target(site: Site) -> cst.BaseExpression | None:
    given = argument(site.call, 0, "location") if site.called in CALLS else None
    return given.value if given else None


def _reach(site: Site) -> Taint | None:
    node = _target(site)
    taint = site.taint(node) if node is not None else None
    if node is None or not taint or taint.encodings or not taint.origin.is_remote:
        return None
    values = _bound(site, node.value) if isinstance(node, cst.Name) else [node]
    return taint if all(_may_lead_away(site, one) for one in values) else None


def _bound(site: Site, name: str) -> list[cst.BaseExpression]:
    """Every expression that the function binds to the name."""
    reader = _Values(name)
    site.function.node.body.visit(reader)
    return reader.values


class _Values(cst.CSTVisitor):
    def __init__(self, name: str) -> None:
        self.name = name
        self.values: list[cst.BaseExpression] = []

    def visit_Assign(self, node: cst.Assign) -> None:  # noqa: N802 - libcst's name
        for one in node.targets:
            if isinstance(one.target, cst.Name) and one.target.value == self.name:
                self.values.append(node.value)


def _may_lead_away(site: Site, node: cst.BaseExpression) -> bool:
    """Is the start of the address the input's, or the whole none of it? `/users/` before it keeps it here."""
    if not site.taint(node):
        return True
    template = read_template(site.function.source, node)
    if template is not None and template.holes:
        first = template.parts[0]
        return isinstance(first, Hole) and bool(site.taint(first.value))
    if isinstance(node, cst.BinaryOperation):
        return bool(site.taint(node.left))
    return not isinstance(node, cst.Call) or site.function.called(node).startswith("flask.request.")


def find(site: Site) -> Candidate | None:
    """A redirect to an address from the request."""
    taint = _reach(site)
    if taint is None:
        return None
    origin, name = taint.origin, site.function.qualified
    return Candidate(
        site,
        origin,
        taint.lines,
        title=f"Open redirect: {origin.words} says where `{name}` leads",
        explanation=(
            f"`{name}` redirects to {origin.words}, which may name any other site. A link that starts "
            "with this site's address then ends on a page of somebody else's."
        ),
        claim=Claim(
            entry=name,
            input=f'{origin.label} = "//elsewhere.example/page"',
            bad="the answer redirects to the other site",
            good="the input is refused, or the redirect stays on this site",
        ),
        confidence=Confidence.HIGH,
    )


def fix(candidate: Candidate) -> Rewrite:
    """Only a path of this site is taken."""
    node = _target(candidate.site)
    if node is None:
        raise CannotWrite("The redirect has no address that the rule can read.")
    return guarded(
        candidate.site,
        node,
        ("target", "location", "address"),
        OWN_PATH,
        "A redirect leads to a path of this site only.",
    )


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """The address of another site is not followed."""
    addresses = ('"//elsewhere.example/page"', '"https://elsewhere.example/page"')
    if attempt >= len(addresses):
        raise CannotWrite("No input made the view lead to another site.")
    look = Look(
        marked=addresses[attempt],
        unwanted='"elsewhere.example"',
        plain='"/inside"',
        wanted='"/inside"',
        claim="does_not_lead_away",
        doc="The address of another site is refused, or replaced.",
        guarantee="leads to a path of this site only",
        field='headers.get("Location", "")',
    )
    return write(candidate, placement, look)


WEAKNESS = WeaknessClass(
    rule="python/open-redirect",
    cwe="CWE-601",
    name="Open redirect",
    severity=Severity.MEDIUM,
    impact="A link to this site can lead people to a page that only looks like it.",
    sinks="`flask.redirect` with an address from the request",
    remedy="only a path of this site is taken, else 400",
    find=find,
    fix=fix,
    test=test,
)
