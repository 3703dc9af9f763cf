"""Debugger open to the network (CWE-489): Flask's interactive debugger where others can reach it."""

from __future__ import annotations

import re

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import argument
from bot.review.rules.analysis.origins import Origin
from bot.review.rules.writing.arguments import nothing
from bot.review.rules.writing.constants import text_behind
from bot.review.rules.writing.invocation import invocation
from bot.review.rules.writing.options import is_constant, without_option
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite
from bot.review.rules.writing.testfile import block, test_file

LOCAL = re.compile(r"localhost|127\.[\d.]+|::1|")


def find(site: Site) -> Candidate | None:
    """`run(debug=True)` on an address that other machines reach."""
    if site.method != "run" or not is_constant(site.call, "debug", "True"):
        return None
    if not any(home.partition(".")[0] == "flask" for home in site.function.imports.values()):
        return None
    given = argument(site.call, 0, "host")
    host = text_behind(site, given.value) if given else None
    if host is None or LOCAL.fullmatch(host):
        return None
    name = site.function.qualified
    return Candidate(
        site,
        Origin("parameter"),
        frozenset(),
        title=f"The debugger is open to the network in `{name}`",
        explanation=(
            f"`{name}` serves on {host} with `debug=True`. Whoever reaches the server and gets an error "
            "page has a console of Python there."
        ),
        claim=Claim(
            entry=name,
            input="any call",
            bad="the server is started with the debugger",
            good="the server is started without the debugger",
        ),
        confidence=Confidence.HIGH,
    )


def fix(candidate: Candidate) -> Rewrite:
    """The option taken away: Flask's default is off."""
    site = candidate.site
    taken = without_option(site.function.source, site.call, "debug")
    return Rewrite((taken,), "The debugger is off, as it is by default.")


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """The server is started without the debugger."""
    function = candidate.site.function
    if attempt or not function.is_public:
        raise CannotWrite("There is no other way to see how the server is started.")
    call = invocation(function, candidate.origin, placement, nothing)
    more = "".join(f", {one}" for one in ("tmp_path", "monkeypatch") if call.uses(one))
    fixture = block(
        "@pytest.fixture\ndef runs(monkeypatch):",
        "Keeps how a server is started instead of starting it.",
        [
            "runs = []",
            'monkeypatch.setattr(Flask, "run", lambda *_, **options: runs.append(options))',
            "return runs",
        ],
    )
    red = block(
        f"def test_debugger_is_off(runs{more}):",
        "No server is started with the debugger.",
        [*call.setup, call.call, "", 'assert [one for one in runs if one.get("debug")] == []'],
    )
    sibling = block(
        f"def test_server_is_still_started(runs{more}):",
        "A server is started.",
        [*call.setup, call.call, "", "assert runs"],
    )
    guarantee = f"`{function.name}` does not open Flask's debugger to the network."
    imports = ("import pytest", "from flask import Flask", *call.imports)
    return test_file(placement, guarantee, imports, (fixture, red, sibling))


WEAKNESS = WeaknessClass(
    rule="python/open-debugger",
    cwe="CWE-489",
    name="Debugger open to the network",
    severity=Severity.HIGH,
    impact="Whoever reaches the server can run code with the rights of this process.",
    sinks="Flask's `run` with `debug=True` on an address that is not the machine's own",
    remedy="the option taken away",
    find=find,
    fix=fix,
    test=test,
)
