"""A change in a language without a runner: Claude looks, what it finds is unproven, and no call is wasted."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import jsonschema
import pytest

from bot.conclude import conclude, untried
from bot.errors import RunnerMissing
from bot.publish import report
from bot.publish.outputs import check_run
from bot.records import Change, Review
from tests.fakes.claude_case import said_finding, said_review
from tests.fakes.messages_api import AGREES, MessagesApi, by_task, replies, stage_of, text_of
from tests.fakes.records import a_finding
from tests.flow.shop import need_sandbox
from tests.flow.test_review_command import SUTURE, git
from tests.lean import lean_python
from tests.unit.test_outputs import SCHEMA

BEFORE = 'const db = require("./db");\n\nexports.find = (name) => {\n  return db.all();\n};\n'
BAD = "  return db.query(`select * from users where name = '${name}'`);"
AFTER = BEFORE.replace("  return db.all();", BAD)
FOUND = said_finding(label="H1.5", quote=BAD, cwe="CWE-89", title="The name becomes SQL")
LOOKS = {
    "triage": replies("triage", {"regions": [{"hunk": "H1", "cwes": ["CWE-89"]}]}),
    "card": replies(
        "card", {"what": "A shop.", "entry_points": [], "trust_boundaries": [], "guards": [], "tests": ""}
    ),
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A working copy whose change is in JavaScript; it has some Python beside."""
    need_sandbox()
    tmp_path.chmod(0o755)
    repository = tmp_path / "shop"
    repository.mkdir()
    (repository / "users.js").write_text(BEFORE)
    git(repository, "init", "-q", "-b", "main")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "base")
    git(repository, "checkout", "-q", "-b", "search")
    (repository / "users.js").write_text(AFTER)
    git(repository, "commit", "-q", "-am", "head")
    return repository


def review(
    shop: Path, api: MessagesApi, form: str, reviewer: str = "auto"
) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.defpath,
        "HOME": str(shop.parent),
        "VIRTUAL_ENV": str(Path(lean_python()).parent.parent),
        "ANTHROPIC_API_KEY": "k",
        "ANTHROPIC_BASE_URL": api.url,
    }
    command = [SUTURE, "review", "--base", "main", "--reviewer", reviewer, "--format", form]
    return subprocess.run(command, cwd=shop, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("with_python", [False, True])
def test_a_finding_without_a_runner_is_unproven(shop: Path, with_python: bool) -> None:
    """JSON and terminal say so with the reason; the review is incomplete; no test or fix is asked for."""
    if with_python:
        (shop / "tool.py").write_text("print(1)\n")
        git(shop, "add", ".")
        git(shop, "commit", "-q", "-m", "a tool")
    script = by_task(**LOOKS, review=replies("review", said_review(FOUND)))

    with MessagesApi(script).running() as api:
        done = review(shop, api, "json")
        shown = review(shop, api, "text")

    assert done.returncode == shown.returncode == 2, done.stderr
    said = json.loads(done.stdout)
    jsonschema.validate(said, json.loads(SCHEMA.read_text()))
    (finding,) = said["findings"]
    assert (said["conclusion"], finding["verdict"]) == ("incomplete", "unproven")
    assert (finding["path"], finding["start_line"]) == ("users.js", 4)
    assert finding["proof"]["gates"][-1]["reason"] == "no-runner"
    assert "no runner for JavaScript" in finding["proof"]["gates"][-1]["detail"]
    assert [one for one in said["not_reviewed"] if one["path"] == "users.js"] == []
    assert "unproven" in shown.stdout
    assert "There is no runner for JavaScript" in shown.stdout
    assert {stage_of(one) for one in api.requests} <= {*LOOKS, *AGREES, "review"}
    assert any(BAD in text_of(one) for one in api.requests)


def test_the_rules_alone_name_the_file(shop: Path) -> None:
    """Without a model the file is listed as not reviewed, and the review is incomplete."""
    with MessagesApi(by_task(**LOOKS)).running() as api:
        done = review(shop, api, "json", reviewer="rules")

    said = json.loads(done.stdout)
    assert done.returncode == 2
    assert [one["path"] for one in said["not_reviewed"]] == ["users.js"]
    assert api.requests == []


def test_the_check_run_shows_it_as_unproven() -> None:
    """Title and text tell that nothing was confirmed and why; there is no inline comment's evidence."""
    finding = a_finding()
    problem = RunnerMissing("There is no runner for Go, so no test was written.")
    outcome = conclude(Change("a", "b" * 40, ()), Review((finding,)), (untried(finding, problem),))

    check = check_run.render(outcome, "id", ())

    assert check.conclusion == "neutral"
    assert check.title.startswith("Incomplete")
    assert "Unproven" in check.summary
    assert "no runner for Go" in check.summary
    assert finding.title in check.summary
    assert "could not be put to the test" not in check.summary
    assert report.evidence(outcome) == ""
