"""The same pattern elsewhere: by the rule, by the call's name, within bounds, and never what was reviewed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.config import Config, Placed
from bot.config.files import DoNotReport
from bot.records import Conclusion, Examined, Finding, Outcome, Proof, Variants, Verdict
from bot.review.panel import Panel
from bot.review.reviewers import Material
from bot.review.reviewers.rules import Rules
from bot.review.variants import with_variants
from bot.review.variants.search import MOST_OF_ONE, search
from tests.fakes.records import a_change, a_finding
from tests.unit.rule_cases import material

QUERY = """\
def {name}(conn, {argument}):
    return conn.execute(f"SELECT id FROM users WHERE name = '{{{argument}}}'")
"""
SAFE = """\
def {name}(conn, {argument}):
    return conn.execute("SELECT id FROM users WHERE name = ?", ({argument},))
"""
SHOP = {
    "app.py": QUERY.format(name="find", argument="name"),
    "shop/orders.py": SAFE.format(name="orders", argument="who") + QUERY.format(name="late", argument="day"),
    "shop/people.py": QUERY.format(name="people", argument="city"),
    "zoo.py": QUERY.format(name="zoo", argument="animal"),
    "tests/test_people.py": QUERY.format(name="fake", argument="city"),
    "safe.py": SAFE.format(name="safe", argument="x"),
    "broken.py": "def broken(:\n    execute\n",
}


def planted(tree: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    return tree


def proven(tree: Path, files: dict[str, str]) -> tuple[Finding, Material]:
    """The rules' finding in app.py, all of whose lines the change adds."""
    planted(tree, files)
    given = material(tree, "app.py", files["app.py"])
    return Rules().review(given).findings[0], given


def places(found: Variants) -> list[tuple[str, int]]:
    return [(one.path, one.line) for one in found.found]


def test_the_rule_finds_the_siblings(tmp_path: Path):
    """Three files have the defect; the one that was reviewed, the safe ones and the tests are left out."""
    finding, given = proven(tmp_path, SHOP)

    found = search((finding,), given)

    assert places(found) == [("shop/orders.py", 4), ("shop/people.py", 2), ("zoo.py", 2)]
    assert {(one.finding, one.found_by) for one in found.found} == {(finding.id, "python/sql-injection")}
    assert found.found[1].why.startswith("SQL injection: `city` becomes part")
    assert found.found[1].quote == SHOP["shop/people.py"].split("\n")[1]
    assert found.left_out == "1 of 6 Python files were not searched"


def test_lines_that_the_change_left_alone_are_searched(tmp_path: Path):
    """A function of a changed file that the change does not touch was not reviewed."""
    text = QUERY.format(name="find", argument="name") + QUERY.format(name="old", argument="age")
    planted(tmp_path, {"app.py": text})
    given = material(tmp_path, "app.py", text, range(1, 3))
    (finding,) = Rules().review(given).findings

    assert places(search((finding,), given)) == [("app.py", 4)]


@pytest.mark.parametrize(
    ("cwe", "by"), [("CWE-89", "python/sql-injection"), ("CWE-1234", "calls of conn.execute")]
)
def test_a_finding_of_claudes_is_looked_for_by_weakness_or_by_call(tmp_path: Path, cwe: str, by: str):
    """By the rules that know its weakness; where none does, by calls that input reaches as it does there."""
    finding, given = proven(tmp_path, SHOP)
    said = replace(finding, cwe=cwe, rule="", reviewer="claude")

    found = search((said,), given)

    assert places(found) == [("shop/orders.py", 4), ("shop/people.py", 2), ("zoo.py", 2)]
    assert {one.found_by for one in found.found} == {by}


@pytest.mark.parametrize("code", ["print(name)", "name.strip()", "x = name"])
def test_what_everybody_calls_is_no_pattern(tmp_path: Path, code: str):
    """A name that tells nothing of the defect would list half of the repository."""
    text = f"def find(name):\n    {code}\n"
    planted(tmp_path, {"app.py": text, "other.py": text})
    said = a_finding(path="app.py", cwe="CWE-1234", rule="", reviewer="claude")

    assert search((said,), material(tmp_path, "app.py", text)) == Variants()


def test_what_the_repository_asks_not_to_report_is_no_variant(tmp_path: Path):
    """By the same conditions as for findings."""
    finding, given = proven(tmp_path, SHOP)
    entry = DoNotReport(cwe="CWE-89", paths=("shop/**",), reason="Old code.")
    config = Config(do_not_report=(Placed(entry, ".github/suture.yml", 1),))

    assert places(search((finding,), replace(given, config=config))) == [("zoo.py", 2)]


def test_the_search_has_bounds_and_says_so(tmp_path: Path):
    """Files that call the same come first; what was not read or not listed is counted."""
    many = "".join(QUERY.format(name=f"f{number}", argument="x") for number in range(MOST_OF_ONE + 5))
    files = {"app.py": SHOP["app.py"], "a_long_file.py": "x = 1\n" * 500, "many.py": many}
    finding, given = proven(tmp_path, files)

    whole = search((finding,), given)
    cut = search((finding,), given, most_bytes=len(many) + 500)

    assert len(whole.found) == MOST_OF_ONE
    assert whole.left_out == "5 more places are not listed"
    assert cut.found == whole.found
    assert cut.left_out == "1 of 3 Python files were not searched; 5 more places are not listed"


def test_two_findings_do_not_list_a_place_twice(tmp_path: Path):
    """A sibling of both is told once."""
    finding, given = proven(tmp_path, SHOP)

    assert len(search((finding, replace(finding, id="f" * 16)), given).found) == 3


def outcome_of(finding: Finding, verdict: Verdict) -> Outcome:
    return Outcome(a_change(), Conclusion.FINDINGS, (Examined(finding, Proof(verdict)),))


def test_only_proven_findings_have_variants(tmp_path: Path):
    """The conclusion and the findings stay as they are, and without a proof nothing is searched."""
    finding, given = proven(tmp_path, SHOP)
    steps: list[str] = []

    def step(name: str, act: Any) -> Any:
        steps.append(name)
        return act()

    told = with_variants(outcome_of(finding, Verdict.PROVEN), given, Panel((Rules(),)), step)
    untold = with_variants(outcome_of(finding, Verdict.REPRODUCED), given, Panel((Rules(),)), step)

    assert len(told.variants.found) == 3
    assert replace(told, variants=Variants()) == outcome_of(finding, Verdict.PROVEN)
    assert untold == outcome_of(finding, Verdict.REPRODUCED)
    assert steps == ["variants"]
