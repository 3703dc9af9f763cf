"""Readable session cookie (CWE-1004): a cookie that logs somebody in, open to scripts of the page."""

from __future__ import annotations

import re

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import argument
from bot.review.rules.analysis.origins import Origin, flask_rule
from bot.review.rules.writing.arguments import nothing
from bot.review.rules.writing.constants import text_behind
from bot.review.rules.writing.invocation import invocation
from bot.review.rules.writing.options import has_stars, is_constant, with_option
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite
from bot.review.rules.writing.testfile import block, test_file

SESSION = re.compile(
    r"(^|[_\-.])(session|session_?id|sid|auth|auth_?token|access_?token|refresh_?token|token|jwt|remember(_?me)?"
    r"|login)$",
    re.IGNORECASE,
)
SCRIPTS_NEED = re.compile(r"csrf|xsrf", re.IGNORECASE)
HTTPONLY = 7  # its place after key, value, max_age, expires, path, domain, secure


def _name(site: Site) -> str:
    """The name of the session cookie that a view sets, "" for anything else."""
    given = argument(site.call, 0, "key") if site.method == "set_cookie" else None
    if given is None or not flask_rule(site.function):
        return ""
    name = text_behind(site, given.value) or ""
    is_session = SESSION.search(name) and not SCRIPTS_NEED.search(name)
    return name if is_session and re.fullmatch(r"[\w.\-]+", name) else ""


def find(site: Site) -> Candidate | None:
    """A session cookie without HttpOnly."""
    cookie = _name(site)
    if not cookie or has_stars(site.call) or argument(site.call, HTTPONLY) is not None:
        return None
    if argument(site.call, -1, "httponly") is not None and not is_constant(site.call, "httponly", "False"):
        return None
    name = site.function.qualified
    return Candidate(
        site,
        Origin("parameter"),
        frozenset(),
        title=f"Scripts of the page can read the cookie `{cookie}` of `{name}`",
        explanation=(
            f"`{name}` sets the cookie `{cookie}` without `httponly`. Any script that gets into the "
            "page can read it and send it elsewhere."
        ),
        claim=Claim(
            entry=name,
            input="a request that gets the cookie",
            bad="the cookie comes without HttpOnly",
            good="the cookie comes with HttpOnly",
        ),
        confidence=Confidence.HIGH,
    )


def fix(candidate: Candidate) -> Rewrite:
    """HttpOnly switched on."""
    site = candidate.site
    option = with_option(site.function.source, site.call, "httponly", "True")
    return Rewrite((option,), "The browser keeps the cookie from scripts.")


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """The cookie comes with HttpOnly."""
    if attempt:
        raise CannotWrite("No request got the cookie.")
    function = candidate.site.function
    cookie = _name(candidate.site)
    call = invocation(function, candidate.origin, placement, nothing)
    helper = block(
        "def sent():",
        f"The headers by which `{function.name}` sets its cookie.",
        [
            *call.setup,
            f'every = {call.call}.headers.getlist("Set-Cookie")',
            f'return [one for one in every if one.startswith("{cookie}=")]',
        ],
    )
    label = re.sub(r"\W", "_", cookie).lower()
    red = block(
        f"def test_{label}_is_kept_from_scripts():",
        "The cookie never comes without HttpOnly.",
        ['assert [one for one in sent() if "httponly" not in one.lower()] == []'],
    )
    sibling = block(f"def test_{label}_is_still_set():", "The cookie still comes.", ["assert sent()"])
    guarantee = f"`{function.name}`: scripts of the page cannot read the cookie {cookie}."
    return test_file(placement, guarantee, call.imports, (helper, red, sibling))


WEAKNESS = WeaknessClass(
    rule="python/cookie-flags",
    cwe="CWE-1004",
    name="Session cookie open to scripts",
    severity=Severity.MEDIUM,
    impact="A script that gets into the page can take over the session.",
    sinks="`set_cookie` of a session or token cookie without `httponly` in a Flask view",
    remedy="`httponly=True`",
    find=find,
    fix=fix,
    test=test,
)
