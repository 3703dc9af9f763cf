"""Tokens taken unchecked (CWE-347): a JWT whose signature nobody looks at."""

from __future__ import annotations

import re

import libcst as cst

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import argument, string_value
from bot.review.rules.analysis.source import Span
from bot.review.rules.analysis.taint import Taint
from bot.review.rules.loading.regression import keys_of
from bot.review.rules.writing.arguments import Provide, nothing, passing
from bot.review.rules.writing.constants import text_behind
from bot.review.rules.writing.invocation import Invocation, invocation, module_name, module_value
from bot.review.rules.writing.options import has_stars, without_option
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite
from bot.review.rules.writing.surroundings import file_location
from bot.review.rules.writing.testfile import block, test_file

SWITCH = "verify_signature"
RIGHT = "a key of the test, long enough for the method"
CLAIMS = re.compile(r"\w+")


def _elements(site: Site) -> tuple[list[cst.DictElement], int] | None:
    """The options of `jwt.decode` and the place of the one that switches the check off."""
    given = argument(site.call, -1, "options")
    if site.called != "jwt.decode" or given is None or not isinstance(given.value, cst.Dict):
        return None
    elements = [one for one in given.value.elements if isinstance(one, cst.DictElement)]
    for index, one in enumerate(elements):
        if string_value(one.key) == SWITCH and site.function.source.code(one.value) == "False":
            return elements, index
    return None


def _reach(site: Site) -> Taint | None:
    token = argument(site.call, 0, "jwt")
    if _elements(site) is None or token is None or has_stars(site.call):
        return None
    taint = site.taint(token.value)
    return taint if taint and not taint.encodings and _key(site) is not None else None


def _key(site: Site) -> cst.BaseExpression | None:
    """The key that the call is given. Without one the caller does not mean to trust the token."""
    given = argument(site.call, 1, "key")
    is_there = given is not None and string_value(given.value) != "" and argument(site.call, 2, "algorithms")
    return given.value if given and is_there else None


def find(site: Site) -> Candidate | None:
    """A key and methods are given, and the check is switched off."""
    taint = _reach(site)
    if taint is None:
        return None
    origin, name = taint.origin, site.function.qualified
    return Candidate(
        site,
        origin,
        taint.lines,
        title=f"The signature of {origin.words} is not checked in `{name}`",
        explanation=(
            f"`{name}` decodes {origin.words} with `{SWITCH}` switched off: the key is not used. "
            "Anybody can write a token with any claims."
        ),
        claim=Claim(
            entry=name,
            input="a token signed with another key",
            bad="its claims are taken",
            good="the token is refused",
        ),
        confidence=Confidence.HIGH,
    )


def fix(candidate: Candidate) -> Rewrite:
    """The switch taken away: checking is the library's default."""
    site = candidate.site
    found = _elements(site)
    if found is None:
        raise CannotWrite("The options are not written out.")
    elements, index = found
    source = site.function.source
    strategy = "The signature is checked with the key that is there."
    if len(elements) == 1:
        return Rewrite((without_option(source, site.call, "options"),), strategy)
    if index:
        start = source.outer_span(elements[index - 1].value).end
        place = Span(start, source.outer_span(elements[index].value).end)
    else:
        place = Span(source.outer_span(elements[0].key).start, source.outer_span(elements[1].key).start)
    return Rewrite(((place, ""),), strategy)


def _right_key(site: Site, placement: Placement) -> tuple[str, Provide, tuple[str, ...]]:
    """Code of the key that the product uses, how it is passed, and the imports it needs."""
    key = _key(site)
    if key is None:
        raise CannotWrite("The call has no key.")
    if (text := text_behind(site, key)) and isinstance(key, cst.Name):
        if module_value(site.function, key.value) is not None:
            home, module = module_name(placement)
            return f"{module}.{key.value}", nothing, (home,)
        return repr(text), nothing, ()
    where = file_location(site.resolve(key), site.function)
    if where.kind == "file-parameter":
        return f'"{RIGHT}"', passing(where.name, f'"{RIGHT}"'), ()
    raise CannotWrite("The key comes from a place where a test cannot put another one.")


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """A token that another key signed is refused."""
    site = candidate.site
    function, label = site.function, candidate.origin.label
    method = _method(site)
    if attempt:
        raise CannotWrite("No token of another key was taken.")
    key, provide, homes = _right_key(site, placement)
    call = invocation(function, candidate.origin, placement, provide)
    more = "".join(f", {one}" for one in ("tmp_path", "monkeypatch") if call.uses(one))
    helpers = (_sign(candidate, method), _shown(function.name, call, more))
    fixtures = more.removeprefix(", ")
    red = block(
        f"def test_{label}_of_another_key_is_refused({fixtures}):",
        "What a token of somebody else's says is not taken.",
        ['forged = token("intruder", "another key, as long as the right one is")', "",
         f'assert "intruder" not in shown(forged{more})'],
    )  # fmt: skip
    sibling = block(
        f"def test_{label}_of_the_right_key_still_works({fixtures}):",
        "What a genuine token says is taken.",
        [f'assert "member" in shown(token("member", {key}){more})'],
    )
    guarantee = f"`{function.name}` takes no {label} that another key signed."
    return test_file(placement, guarantee, ("import jwt", *homes, *call.imports), (*helpers, red, sibling))


def _sign(candidate: Candidate, method: str) -> str:
    keys = [one for one in ("sub", *keys_of(candidate)) if CLAIMS.fullmatch(one)]
    claims = ", ".join(f'"{one}": name' for one in dict.fromkeys(keys))
    return block(
        "def token(name, key):",
        "A token that says the name wherever the code looks.",
        [f'return jwt.encode({{{claims}}}, key, algorithm="{method}")'],
    )


def _shown(name: str, call: Invocation, more: str) -> str:
    head = f"def shown(value{more}):"
    doc = f'What `{name}` makes of a token, "" when it refuses.'
    if call.is_response:
        return block(head, doc, [*call.setup, f"return {call.call}.get_data(as_text=True)"])
    errors = ", ".join(("jwt.InvalidTokenError", "ValueError", "PermissionError", *call.refusals))
    rows = [*call.setup, "try:", f"    return str({call.call})", f"except ({errors}):", '    return ""']
    return block(head, doc, rows)


def _method(site: Site) -> str:
    """The first method of signing that the call takes, when a shared key is enough for it."""
    given = argument(site.call, 2, "algorithms")
    elements = getattr(given.value, "elements", ()) if given else ()
    method = string_value(elements[0].value) if elements else None
    if method not in {"HS256", "HS384", "HS512"}:
        raise CannotWrite("The tokens are signed by a method that needs a pair of keys.")
    return method


WEAKNESS = WeaknessClass(
    rule="python/token-verification",
    cwe="CWE-347",
    name="Token without a check of its signature",
    severity=Severity.CRITICAL,
    impact="Anybody can write a token and be whom they like.",
    sinks="`jwt.decode` with a key, and `verify_signature` switched off",
    remedy="the switch taken away",
    find=find,
    fix=fix,
    test=test,
)
