"""TLS verification switched off (CWE-295): a request that talks to whoever answers."""

from __future__ import annotations

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.origins import Origin
from bot.review.rules.writing.arguments import nothing
from bot.review.rules.writing.invocation import invocation
from bot.review.rules.writing.network import REQUESTS, network
from bot.review.rules.writing.options import is_constant, without_option
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite
from bot.review.rules.writing.testfile import block, test_file


def find(site: Site) -> Candidate | None:
    """`verify=False` in a call of requests or httpx."""
    if site.called not in REQUESTS or not is_constant(site.call, "verify", "False"):
        return None
    name = site.function.qualified
    return Candidate(
        site,
        Origin("parameter"),
        frozenset(),
        title=f"The certificate of the server is not checked in `{name}`",
        explanation=(
            f"`{name}` calls `{site.called}` with `verify=False`. Anybody on the way can answer in "
            f"the server's place, "
            "read what is sent and change what comes back."
        ),
        claim=Claim(
            entry=name,
            input="any call",
            bad="the request is made with verify=False",
            good="the request is made with the certificate checked",
        ),
        confidence=Confidence.HIGH,
    )


def fix(candidate: Candidate) -> Rewrite:
    """The option taken away: checking is the library's default."""
    site = candidate.site
    taken = without_option(site.function.source, site.call, "verify")
    return Rewrite((taken,), "The certificate is checked, as the library does by default.")


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """The library is asked to check the certificate."""
    if attempt:
        raise CannotWrite("There is no other way to watch the request.")
    site = candidate.site
    function = site.function
    if not function.is_public:
        raise CannotWrite("The function is private; a test should come through its callers.")
    call = invocation(function, candidate.origin, placement, nothing)
    fixture, imports = network(site.call, site.called, placement)
    more = "".join(f", {one}" for one in ("tmp_path", "monkeypatch") if call.uses(one))
    body = [*call.setup, call.call, ""]
    red = block(
        f"def test_certificate_is_checked(request_made{more}):",
        "No request is made with the check switched off.",
        [
            *body,
            "for one in request_made.call_args_list:",
            '    assert one.kwargs.get("verify", True) is not False',
        ],
    )
    sibling = block(
        f"def test_request_is_still_made(request_made{more}):",
        "The server is still asked.",
        [*body, "assert request_made.called"],
    )
    guarantee = f"`{function.name}` checks the certificate of the server it talks to."
    return test_file(placement, guarantee, (*imports, *call.imports), (fixture, red, sibling))


WEAKNESS = WeaknessClass(
    rule="python/tls-verification",
    cwe="CWE-295",
    name="TLS verification switched off",
    severity=Severity.MEDIUM,
    impact="Whoever sits between this process and the server can read and change what they exchange.",
    sinks="`requests` and `httpx` calls with `verify=False`",
    remedy="the option taken away",
    find=find,
    fix=fix,
    test=test,
)
