"""Predictable secrets (CWE-338): tokens and passwords from the generator that is made for games."""

from __future__ import annotations

import re

import libcst as cst

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import argument, dotted, string_value
from bot.review.rules.analysis.origins import Origin
from bot.review.rules.writing.arguments import plain_value
from bot.review.rules.writing.constants import behind
from bot.review.rules.writing.invocation import invocation
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite
from bot.review.rules.writing.testfile import block, test_file

PICKS = frozenset({"random.choice", "random.choices", "random.sample"})
NUMBERS = frozenset({"random.randint", "random.randrange", "random.getrandbits", "random.randbytes"})
SECRET = re.compile(
    r"(^|_)(token|password|passwd|passphrase|secret|otp|nonce|salt|session_?(id|key)|api_?key|secret_?key"
    r"|csrf|(reset|login|access|verification|confirmation|invite|recovery)_?(code|key|pin))s?$",
    re.IGNORECASE,
)
ALPHABET = re.compile(r"\bstring\.(ascii_\w+|digits|hexdigits|printable|punctuation)\b")
LENGTH = re.compile(r"(^|_)(length|size|len|n|count|num|digits|chars|nbytes)$")


def _is_secret(site: Site) -> bool:
    """Does the function, or the name it binds the value to, say that nobody may guess it?"""
    names = [site.function.name]
    small = site.statement.body[0] if isinstance(site.statement, cst.SimpleStatementLine) else None
    if isinstance(small, cst.Assign):
        names += [dotted(one.target).rpartition(".")[2] for one in small.targets]
    return any(SECRET.search(one) for one in names)


def _draws_characters(site: Site) -> bool:
    """Letters and digits, or a number: what secrets are made of, and samples of data are not."""
    if site.called in NUMBERS:
        return True
    given = argument(site.call, 0, "seq") or argument(site.call, 0, "population")
    if site.called not in PICKS or given is None:
        return False
    node = behind(site, given.value)
    return string_value(node) is not None or bool(ALPHABET.search(site.function.source.code(node)))


def find(site: Site) -> Candidate | None:
    """A secret drawn from the `random` module."""
    if not _draws_characters(site) or not _is_secret(site):
        return None
    name = site.function.qualified
    return Candidate(
        site,
        Origin("parameter"),
        frozenset(),
        title=f"A secret is drawn from a predictable generator in `{name}`",
        explanation=(
            f"`{name}` makes a secret with `{site.called}`. Its generator can be computed onward from "
            "some values that somebody has seen, and back to those of others."
        ),
        claim=Claim(
            entry=name,
            input="the generator set to the same state twice",
            bad="the same secrets come out again",
            good="other secrets come out",
        ),
        confidence=Confidence.HIGH,
    )


def fix(candidate: Candidate) -> Rewrite:
    """The operating system's generator, by the same methods."""
    site = candidate.site
    imports = site.function.imports
    if imports.get("secrets", "secrets") != "secrets":
        raise CannotWrite("The name `secrets` stands for something else here.")
    method = site.called.removeprefix("random.")
    code = "secrets.choice" if method == "choice" else f"secrets.SystemRandom().{method}"
    place = site.function.source.spans[site.call.func]
    needed = () if imports.get("secrets") == "secrets" else ("import secrets",)
    return Rewrite(((place, code),), "The secret comes from the operating system's generator.", needed)


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """The same state of the generator does not give the same secrets."""
    function = candidate.site.function
    if attempt or not function.is_public:
        raise CannotWrite("No state of the generator made the secrets the same.")

    def provide(name: str, parameter: cst.Param) -> str | None:
        if LENGTH.search(name):
            return "16"
        return None if parameter.default is not None else plain_value(name, parameter)

    call = invocation(function, candidate.origin, placement, provide)
    if call.is_response:
        raise CannotWrite("A test cannot tell the secret from the rest of the answer.")
    more = ", ".join(one for one in ("tmp_path", "monkeypatch") if call.uses(one))
    helper = block(
        f"def seeded({more}):",
        f"What `{function.name}` gives five times from one state of the generator.",
        [*call.setup, "random.seed(7)", f"return [{call.call} for _ in range(5)]"],
    )
    red = block(
        f"def test_{function.name}_is_not_predictable({more}):",
        "Whoever knows the state of the generator does not know the secrets.",
        [f"assert seeded({more}) != seeded({more})"],
    )
    sibling = block(
        f"def test_{function.name}_still_gives_values({more}):",
        "Each call gives a value of the same kind.",
        [
            f"values = seeded({more})",
            "",
            "assert None not in values",
            "assert len({type(one) for one in values}) == 1",
        ],
    )
    guarantee = f"`{function.name}` gives secrets that nobody can compute."
    return test_file(placement, guarantee, ("import random", *call.imports), (helper, red, sibling))


WEAKNESS = WeaknessClass(
    rule="python/weak-random",
    cwe="CWE-338",
    name="Predictable secret",
    severity=Severity.HIGH,
    impact="Whoever has seen some of the secrets can compute those of others.",
    sinks="`random.choice`, `choices`, `sample`, `randint`, `getrandbits` … that make a token or password",
    remedy="the same method of `secrets`",
    find=find,
    fix=fix,
    test=test,
)
