"""TLS without a check of the server (CWE-295): a context of `ssl` that trusts anybody."""

from __future__ import annotations

import libcst as cst

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.guards import names_in
from bot.review.rules.analysis.names import argument
from bot.review.rules.analysis.origins import Origin
from bot.review.rules.writing.arguments import nothing
from bot.review.rules.writing.invocation import Invocation, invocation
from bot.review.rules.writing.network import network
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite
from bot.review.rules.writing.testfile import block, test_file

MADE = "ssl._create_unverified_context"
ASKS = frozenset({"urllib.request.urlopen", "http.client.HTTPSConnection"})


def find(site: Site) -> Candidate | None:
    """A context that does not check the server."""
    if site.called != MADE:
        return None
    name = site.function.qualified
    return Candidate(
        site,
        Origin("parameter"),
        frozenset(),
        title=f"The certificate of the server is not checked in `{name}`",
        explanation=(
            f"`{name}` makes its TLS context by `{MADE}`. Anybody on the way can answer in the "
            "server's place, read what is sent and change what comes back."
        ),
        claim=Claim(
            entry=name,
            input="any call",
            bad="the context takes any certificate",
            good="the context asks for a certificate that it can check",
        ),
        confidence=Confidence.HIGH,
    )


def fix(candidate: Candidate) -> Rewrite:
    """The library's default context, which checks."""
    site = candidate.site
    if site.call.args:
        raise CannotWrite("The context is made with options that the default one does not take.")
    func, source = site.call.func, site.function.source
    strategy = "The server's certificate and name are checked."
    if isinstance(func, cst.Attribute):
        return Rewrite(((source.spans[func.attr], "create_default_context"),), strategy)
    imports = ("from ssl import create_default_context",)
    return Rewrite(((source.spans[func], "create_default_context"),), strategy, imports)


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """The context asks for a certificate."""
    site = candidate.site
    function = site.function
    if attempt or not function.is_public:
        raise CannotWrite("There is no other way to see the context.")
    call = invocation(function, candidate.origin, placement, nothing)
    if call.is_response:
        raise CannotWrite("The view keeps its context out of a test's sight.")
    use = _use(site)
    more = [one for one in ("tmp_path", "monkeypatch") if call.uses(one)]
    if use is None:
        return _of_result(function.name, call, placement, more)
    fixture, homes = network(use, function.called(use), placement)
    head = ", ".join(["request_made", *more])
    red = block(
        f"def test_certificate_is_checked({head}):",
        "No server is asked without a check of its certificate.",
        [
            *call.setup,
            call.call,
            "",
            'given = [one.kwargs.get("context") for one in request_made.call_args_list]',
            "assert all(one is None or one.verify_mode == ssl.CERT_REQUIRED for one in given)",
        ],
    )
    sibling = block(
        f"def test_server_is_still_asked({head}):",
        "The server is still asked.",
        [*call.setup, call.call, "", "assert request_made.called"],
    )
    guarantee = f"`{function.name}` checks the certificate of the server it talks to."
    return test_file(placement, guarantee, ("import ssl", *homes, *call.imports), (fixture, red, sibling))


def _use(site: Site) -> cst.Call | None:
    """The call of the standard library that is given the context."""
    reader = _Uses(site)
    site.function.node.body.visit(reader)
    return reader.found


class _Uses(cst.CSTVisitor):
    def __init__(self, site: Site) -> None:
        self.site = site
        self.found: cst.Call | None = None
        parent = site.function.source.parents.get(site.call)
        self.names = names_in(parent.targets[0].target) if isinstance(parent, cst.Assign) else frozenset()

    def visit_Call(self, node: cst.Call) -> None:  # noqa: N802 - libcst's name
        given = argument(node, -1, "context")
        if given is None or self.site.function.called(node) not in ASKS:
            return
        if given.value is self.site.call or (names_in(given.value) & self.names):
            self.found = node


def _of_result(name: str, call: Invocation, placement: Placement, more: list[str]) -> RegressionTest:
    """The test for a function that gives the context back."""
    head = ", ".join(more)
    red = block(
        f"def test_context_checks_the_server({head}):",
        "The context takes no server without a certificate for its name.",
        [
            *call.setup,
            f"made = {call.call}",
            "",
            "assert made.verify_mode == ssl.CERT_REQUIRED",
            "assert made.check_hostname",
        ],
    )
    sibling = block(
        f"def test_context_is_still_for_clients({head}):",
        "The function still gives a context.",
        [*call.setup, f"assert isinstance({call.call}, ssl.SSLContext)"],
    )
    guarantee = f"`{name}` gives a context that checks the server."
    return test_file(placement, guarantee, ("import ssl", *call.imports), (red, sibling))


WEAKNESS = WeaknessClass(
    rule="python/unverified-context",
    cwe="CWE-295",
    name="TLS context that trusts anybody",
    severity=Severity.MEDIUM,
    impact="Whoever sits between this process and the server can read and change what they exchange.",
    sinks="`ssl._create_unverified_context`",
    remedy="`ssl.create_default_context`",
    find=find,
    fix=fix,
    test=test,
)
