"""A repository's own rule with Claude on the panel: the rule finds, the model writes, the runs prove."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fakes.claude_case import said_review
from tests.fakes.messages_api import Answer, MessagesApi, Script, by_task, fails, replies, stage_of
from tests.flow.shop import commit_tree, need_sandbox, write_tree
from tests.flow.test_other_languages import LOOKS, review
from tests.flow.test_review_command import git

RULE = """\
rules:
  - id: raw-rows
    cwe: CWE-89
    severity: high
    title: Rows chosen by raw text
    explanation: "`{function}` hands {input} to `{call}`, which takes it for a condition."
    impact: Whoever controls the input sees every row.
    claim: {input: "x or true", bad: every row, good: no row}
    sinks: [{call: shop.rows.choose, argument: 0}]
"""
ROWS = '''"""Rows of the shop."""

ALL = ("a", "b")


def choose(condition):
    """Rows for which the condition holds."""
    return list(ALL) if condition.endswith("or true") else [one for one in ALL if one == condition]


def plain(name):
    """The row of this name."""
    return [one for one in ALL if one == name]
'''
BEFORE = '"""Pages of the shop."""\n\nfrom shop import rows\n'
CALL = "    return rows.choose(name)\n"
AFTER = f"{BEFORE}\n\ndef find(name):\n{CALL}"
OLD_TEST = "from shop import rows\n\n\ndef test_all():\n    assert rows.plain('a') == ['a']\n"
TEST = '''"""A name is a name."""

from shop import pages


def test_a_condition_is_no_name():
    """What is asked for is a name and never a condition."""
    assert pages.find("x or true") == []


def test_a_name_finds_its_row():
    assert pages.find("a") == ["a"]
'''
HIDDEN = '''"""A name is a name."""

from shop import pages


def test_another_condition():
    """What is asked for is a name and never a condition."""
    assert pages.find("a or true") == []


def test_another_name():
    assert pages.find("b") == ["b"]
'''


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The rule is on main; the change calls what it names."""
    need_sandbox()
    tmp_path.chmod(0o755)
    files = {
        ".github/suture/rules/shop.yml": RULE,
        "shop/__init__.py": "",
        "shop/rows.py": ROWS,
        "shop/pages.py": BEFORE,
        "tests/test_rows.py": OLD_TEST,
    }
    repository = commit_tree(tmp_path / "shop", files)
    git(repository, "checkout", "-q", "-b", "find")
    write_tree(repository, {"shop/pages.py": AFTER})
    git(repository, "commit", "-q", "-am", "head")
    return repository


def replied(content: str) -> Answer:
    return replies("test", {"content": content, "declared": "none"})


def script_with(second: Answer) -> Script:
    """Nothing reported; a test, what is answered for the second one, and a fix."""
    edit = {"path": "shop/pages.py", "old": CALL, "new": CALL.replace("choose", "plain")}
    return by_task(
        **LOOKS,
        review=replies("review", said_review()),
        test=[replied(TEST), second],
        fix=replies("fix", {"strategy": "Ask for the name.", "edits": [edit]}),
    )


def test_a_fault_of_the_second_test_loses_no_proof(shop: Path) -> None:
    """The runs have shown red and green; the gate says why nobody wrote a second test."""
    with MessagesApi(script_with(fails(400, "invalid_request_error"))).running() as api:
        done = review(shop, api, "json")

    (finding,) = json.loads(done.stdout)["findings"]
    (gate,) = [one for one in finding["proof"]["gates"] if one["gate"] == "G13"]
    assert finding["verdict"] == "proven", done.stderr
    assert gate["detail"].startswith("skipped: no second test could be had. The test call")


def test_the_model_writes_for_the_rule_and_the_runs_prove_it(shop: Path) -> None:
    """The model itself reported nothing; the rule's mark was among its hints."""
    with MessagesApi(script_with(replied(HIDDEN))).running() as api:
        done = review(shop, api, "json")

    said = json.loads(done.stdout)
    (finding,) = said["findings"]
    assert (finding["verdict"], finding["cwe"]) == ("proven", "CWE-89"), done.stderr
    assert "shop.rows.choose" in finding["explanation"] or "rows.choose" in finding["explanation"]
    assert "rows.plain(name)" in finding["patch"]
    (look, *_) = [one for one in api.requests if stage_of(one) == "review"]
    assert "CWE-89 Rows chosen by raw text" in look["messages"][0]["content"][-1]["text"]
