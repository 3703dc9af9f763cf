"""What the repository asks not to report: left out before it costs anything, and always told."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.conclude import conclude, untried
from bot.config import Config, Placed
from bot.config.files import DoNotReport
from bot.errors import ReviewerError
from bot.publish import report, texts
from bot.publish.outputs import json_report, sarif, terminal
from bot.records import Dropped, Review
from bot.review.exempt import exempt
from bot.review.panel import Panel
from bot.review.reviewers import Material
from tests.fakes.records import a_change, a_finding

REASON = "the repository asks not to report this (.github/suture.yml line 7): the demo is public"


def asked(**conditions: Any) -> Config:
    entry = DoNotReport(reason="the demo is public", **conditions)
    return Config(do_not_report=(Placed(entry, ".github/suture.yml", 7),))


@pytest.mark.parametrize(
    ("conditions", "is_left_out"),
    [
        ({"cwe": "CWE-89"}, True),
        ({"cwe": "CWE-8"}, False),
        ({"rule": "python/sql-injection"}, True),
        ({"rule": "python/sql"}, False),
        ({"paths": ("docs/**", "shop/**")}, True),
        ({"paths": ("docs/**",)}, False),
        ({"cwe": "CWE-89", "paths": ("docs/**",)}, False),
        ({"cwe": "CWE-89", "paths": ("shop/*",), "rule": "python/sql-injection"}, True),
    ],
)
def test_every_condition_has_to_be_met(conditions: dict[str, Any], is_left_out: bool):
    """And what is left out is dropped with the reason, its place and its line in the file."""
    finding = a_finding()
    earlier = Dropped("x", "y", 1, "CWE-1", "z", "review")

    done = exempt(Review((finding,), (earlier,)), asked(**conditions))

    gone = Dropped(finding.title, finding.path, finding.start_line, finding.cwe, REASON, "config")
    assert done.findings == (() if is_left_out else (finding,))
    assert done.dropped == ((earlier, gone) if is_left_out else (earlier,))


class Says:
    """A reviewer of one finding."""

    def __init__(self, name: str, rule: str) -> None:
        self.name = name
        self.finding = a_finding(reviewer=name, rule=rule, title=f"By {name}")

    def review(self, material: Material) -> Review:
        return Review((self.finding,))


def test_a_rule_is_exempted_and_not_what_another_reviewer_says_of_the_place():
    """Neither as a finding nor as the other's twin; a weakness is exempted whoever reports it."""
    panel = Panel((Says("claude", ""), Says("rules", "python/sql-injection")))  # type: ignore[arg-type]
    material = Material(a_change(), Path("/nowhere"))

    by_rule = panel.review(replace(material, config=asked(rule="python/sql-injection")))
    by_cwe = panel.review(replace(material, config=asked(cwe="CWE-89")))

    assert ([one.reviewer for one in by_rule.findings], by_rule.twins) == (["claude"], ())
    assert [one.title for one in by_rule.dropped] == ["By rules"]
    assert (by_cwe.findings, by_cwe.twins) == ((), ())
    assert [one.title for one in by_cwe.dropped] == ["By claude", "By rules"]


def test_clean_says_what_was_left_out():
    """A reader learns at once that something was found and who asked not to be told."""
    outcome = conclude(a_change(), exempt(Review((a_finding(),)), asked(cwe="CWE-89")), ())

    summary = report.summary(outcome)

    assert texts.title(outcome) == "Clean: 1 file reviewed, nothing found beside 1 not to be reported"
    assert "Nothing was found beside what this repository asks not to report." in summary
    assert "<summary>1 claim that this repository asks not to report</summary>" in summary
    assert "the demo is public" in summary
    assert "that no run confirmed" not in summary
    assert json.loads(json_report.render(outcome))["dropped"][0]["stage"] == "config"
    assert "the demo is public" in sarif.render(outcome)
    console = Console(file=StringIO(), width=300)
    terminal.render(outcome, console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert f"not reported shop/customers.py:2 SQL injection: {REASON}" in shown
    assert "(1 not reported as the repository asks)" in shown


def test_claims_of_the_repositorys_own_rules_are_named():
    """It asked for them; other claims that were not put to the test are only counted."""
    own, other = (a_finding(rule=name, title=name) for name in ("repository/raw-sql", "python/sql-injection"))
    cases = tuple(untried(one, ReviewerError("nobody can test it")) for one in (own, other))

    summary = report.summary(conclude(a_change(), Review((own, other)), cases))

    assert "### By this repository's own rules, not put to the test" in summary
    assert "`repository/raw-sql`" in summary
    assert "python/sql-injection" not in summary
    assert "1 more claims could not be put to the test" in summary
