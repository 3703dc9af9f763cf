"""Request to a host of the input's (CWE-918): untrusted text inside the host name of a URL."""

from __future__ import annotations

import re

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import argument
from bot.review.rules.analysis.taint import Taint
from bot.review.rules.analysis.template import Hole, Text, read_template
from bot.review.rules.writing.arguments import nothing
from bot.review.rules.writing.invocation import invocation
from bot.review.rules.writing.network import REQUESTS, network
from bot.review.rules.writing.refusal import guarded
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite
from bot.review.rules.writing.testfile import block, test_file

SINKS = REQUESTS | {"urllib.request.urlopen"}
DOMAIN = re.compile(r"(\.[A-Za-z0-9\-]+)+\.?[A-Za-z]+(?=[:/?#]|$)")


def _host(site: Site) -> tuple[Hole, str] | None:
    """The value in `https://{value}.example.com/…`, and the domain behind it."""
    place = 1 if site.method == "request" else 0
    given = argument(site.call, place, "url") or argument(site.call, -1, "url")
    if site.called not in SINKS or given is None:
        return None
    template = read_template(site.function.source, site.resolve(given.value))
    if template is None or len(template.parts) < 3:
        return None
    scheme, hole, rest = template.parts[:3]
    if not isinstance(scheme, Text) or not isinstance(hole, Hole) or not isinstance(rest, Text):
        return None
    domain = DOMAIN.match(rest.raw)
    if not re.fullmatch(r"https?://", scheme.raw) or domain is None or not hole.plain:
        return None
    return hole, domain[0]


def _reach(site: Site) -> Taint | None:
    found = _host(site)
    taint = site.taint(found[0].value) if found else None
    return taint if taint and not taint.encodings else None


def find(site: Site) -> Candidate | None:
    """Untrusted text in front of the domain of a URL that is asked for."""
    taint, found = _reach(site), _host(site)
    if taint is None or found is None:
        return None
    origin, name, domain = taint.origin, site.function.qualified, found[1]
    return Candidate(
        site,
        origin,
        taint.lines,
        title=f"Request forgery: {origin.words} chooses the host that `{name}` asks",
        explanation=(
            f"`{name}` puts {origin.words} in front of `{domain}`. A `/` or `#` in the input ends the "
            "host name early, and the request goes to any host that it names."
        ),
        claim=Claim(
            entry=name,
            input=f'{origin.label} = "elsewhere.example#"',
            bad="the request goes to elsewhere.example",
            good=f"the request goes to a host of {domain.lstrip('.')}, or the input is refused",
        ),
        confidence=Confidence.HIGH if origin.is_remote else Confidence.MEDIUM,
    )


def fix(candidate: Candidate) -> Rewrite:
    """Only a part of a host name is taken."""
    found = _host(candidate.site)
    if found is None:
        raise CannotWrite("The address is put together in a way that the rule cannot read.")
    return guarded(
        candidate.site,
        found[0].value,
        ("host", "subdomain", "label"),
        "[A-Za-z0-9-]+",
        "The input is one part of the host name.",
    )


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """No other host is asked."""
    site = candidate.site
    function, label, found = site.function, candidate.origin.label, _host(site)
    if attempt or found is None:
        raise CannotWrite("No input made the code ask another host.")
    call = invocation(function, candidate.origin, placement, nothing)
    fixture, homes = network(site.call, site.called, placement)
    more = "".join(f", {one}" for one in ("tmp_path", "monkeypatch") if call.uses(one))
    refusals = ", ".join(("ValueError", "TypeError", *call.refusals))
    helper = block(
        f"def asked(request_made, value{more}):",
        f"The hosts that `{function.name}` asks; what it makes of their answers does not matter.",
        [
            *call.setup,
            f"with contextlib.suppress({refusals}):",
            f"    {call.call}",
            f"urls = [{_url(site)} for one in request_made.call_args_list]",
            "return [urlsplit(one).hostname for one in urls]",
        ],
    )
    domain = found[1]
    red = block(
        f"def test_{label}_stays_in_its_domain(request_made{more}):",
        "An input that ends the host name early is refused.",
        [
            f'hosts = asked(request_made, "elsewhere.example#"{more})',
            "",
            f'assert all(one.endswith("{domain}") for one in hosts)',
        ],
    )
    sibling = block(
        f"def test_plain_{label}_is_still_asked(request_made{more}):",
        "A host of the domain is asked as before.",
        [f'assert asked(request_made, "sample"{more}) == ["sample{domain}"]'],
    )
    imports = ("import contextlib", "from urllib.parse import urlsplit", *homes, *call.imports)
    guarantee = f"`{function.name}`: {label} names a host of one domain, never another one."
    return test_file(placement, guarantee, imports, (fixture, helper, red, sibling))


def _url(site: Site) -> str:
    """Code of the address that was asked for, as the product passes it."""
    if argument(site.call, -1, "url") is not None:
        return 'one.kwargs["url"]'
    return "one.args[1]" if site.method == "request" else "one.args[0]"


WEAKNESS = WeaknessClass(
    rule="python/url-host",
    cwe="CWE-918",
    name="Request forgery by the host name",
    severity=Severity.HIGH,
    impact="Whoever controls the input can have this process ask hosts that only it can reach.",
    sinks="`requests`, `httpx`, `urlopen` with `https://{input}.example.com/…`",
    remedy="only letters, digits and `-` are taken, else `ValueError` (400 in a view)",
    find=find,
    fix=fix,
    test=test,
)
