"""The Action's and the hook's steps, run as a runner and pre-commit run them, against a real repository."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from sarif_kit.validate import validation_errors

from tests.flow.shop import need_sandbox
from tests.flow.test_review_command import git
from tests.lean import lean_python

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "deploy" / "action" / "action.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
PROGRAMS = Path(sys.executable).parent
DEFECT = "import os\n\n\ndef ping(host):\n    os.system(f'ping -c 1 {host}')\n"
CALM = "def ping(host):\n    return host\n"


@dataclass(frozen=True)
class Ran:
    """A step that has ended, and what it left for the runner."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Main with one file; a branch that is checked out and adds one of each kind."""
    place = tmp_path / "work"
    place.mkdir()
    git(place, "init", "-q", "-b", "main")
    commit(place, "a.txt", "a\n")
    git(place, "checkout", "-q", "-b", "feature")
    return place


def commit(repository: Path, path: str, text: str) -> str:
    (repository / path).write_text(text)
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", path)
    return git(repository, "rev-parse", "HEAD").strip()


def review_step() -> dict[str, Any]:
    (step,) = [
        one for one in yaml.safe_load(ACTION.read_text())["runs"]["steps"] if one.get("id") == "review"
    ]
    return step


def act(repository: Path, tmp_path: Path, event: str = "pull_request", **given: str) -> Ran:
    """Run the review step's own shell line, with the variables that it declares and the runner's."""
    values = {
        "REVIEW_PATH": ".",
        "REVIEW_BASE": "main",
        "REVIEW_HEAD": "HEAD",
        "REVIEW_PYTHON": "",
        "REVIEW_REVIEWER": "rules",
        "REVIEW_FAIL_ON": "low",
        "REVIEW_REPORTS": str(tmp_path / "reports with blanks"),
        "ANTHROPIC_API_KEY": "",
    }
    assert set(values) == set(review_step()["env"])
    files = {name: tmp_path / name for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    for file in files.values():
        file.write_text("")
    environment = values | given | {name: str(file) for name, file in files.items()}
    environment |= {"GITHUB_ACTION_PATH": str(ACTION.parent), "GITHUB_EVENT_NAME": event}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", review_step()["run"]],
        cwd=repository,
        env=environment | {"PATH": os.defpath, "HOME": str(tmp_path), "SUTURE_PYTHON": lean_python()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
    return Ran(done.returncode, done.stdout, outputs, files["GITHUB_STEP_SUMMARY"].read_text())


def commands(log: str) -> list[str]:
    """What the runner takes for a command: not what stands between the two lines that say so."""
    stop = re.search(r"^::stop-commands::(\w+)$", log, re.MULTILINE)
    if stop is None:
        return [line for line in log.splitlines() if line.startswith("::")]
    _, _, after = log.partition(f"\n::{stop[1]}::\n")
    return after.splitlines()


def test_a_clean_pull_request(repository: Path, tmp_path: Path):
    """Exit code 0, one annotation that says so, the summary, and both reports where the outputs say."""
    commit(repository, "net.py", CALM)

    ran = act(repository, tmp_path)

    assert ran.code == 0, ran.log
    assert commands(ran.log) == ["::notice title=Suture::Clean: 1 file reviewed, nothing found."]
    assert ran.summary.startswith("# Clean: 1 file reviewed")
    assert ran.outputs["exit-code"] == "0"
    assert json.loads(Path(ran.outputs["json"]).read_text())["conclusion"] == "clean"
    assert validation_errors(json.loads(Path(ran.outputs["sarif"]).read_text())) == []


def test_a_finding_fails_the_job_and_stands_on_its_line(repository: Path, tmp_path: Path):
    """Confirmed by real runs: exit code 1, an error on the line, a row of the summary, a result."""
    need_sandbox()
    commit(repository, "net.py", DEFECT)

    ran = act(repository, tmp_path, REVIEW_FAIL_ON="high")

    assert ran.code == 1, ran.log
    found, last = commands(ran.log)
    assert found.startswith("::error file=net.py,line=5,endLine=5,title=CWE-78%3A ")
    assert last.startswith("::notice title=Suture::Findings: ")
    assert "net.py:5" in ran.summary
    assert len(json.loads(Path(ran.outputs["sarif"]).read_text())["runs"][0]["results"]) == 1


def test_a_review_that_broke_off_is_no_clean_one(repository: Path, tmp_path: Path):
    """Exit code 2, an error, and no report of an earlier step."""
    reports = tmp_path / "reports with blanks"
    reports.mkdir()
    (reports / "suture.sarif").write_text("{}")

    ran = act(repository, tmp_path, REVIEW_REVIEWER="nobody")

    assert ran.code == 2
    assert "'nobody'" in ran.log
    assert commands(ran.log) == [
        "::error title=Suture::Failed: nothing was reviewed. The log of this step says why."
    ]
    assert ran.outputs == {"exit-code": "2"}
    assert "nothing was reviewed" in ran.summary


def test_a_base_that_was_not_fetched(repository: Path, tmp_path: Path):
    """The sentence that says what to do is an error on the job, and the reports say that it failed."""
    ran = act(repository, tmp_path, REVIEW_BASE="0" * 40)

    assert ran.code == 2
    (error,) = commands(ran.log)
    assert error.startswith("::error title=Suture::Failed: ")
    assert "Fetch it, or name another." in error
    assert json.loads(Path(ran.outputs["json"]).read_text())["conclusion"] == "failed"


@pytest.mark.parametrize("event", ["pull_request_target", "workflow_run"])
def test_events_that_bring_secrets_to_strangers_are_refused(repository: Path, tmp_path: Path, event: str):
    """Nothing is run for them."""
    ran = act(repository, tmp_path, event)

    assert ran.code == 2
    assert commands(ran.log)[0].startswith(f"::error title=Suture::Not on {event}")


def test_the_action_is_well_formed_and_safe():
    """By a linter that knows the schema of actions, and what has been abused in them."""
    done = subprocess.run(
        [PROGRAMS / "zizmor", "--offline", "--no-progress", "--persona", "pedantic", ACTION],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_hook_reviews_what_is_staged(repository: Path, tmp_path: Path):
    """pre-commit runs the hook's own line: a staged file that nobody can read stops the commit."""
    (hook,) = yaml.safe_load(HOOKS.read_text())
    config = tmp_path / "config.yaml"
    local = {"repo": "local", "hooks": [hook | {"language": "system"}]}  # without its installation
    config.write_text(yaml.safe_dump({"repos": [local]}))
    (repository / "net.py").write_text(CALM)
    (repository / "net.js").write_text("eval(name)\n")

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAMS / "pre-commit", "run", "--config", config, "--verbose"],
            cwd=repository,
            env={"PATH": f"{PROGRAMS}:{os.defpath}", "HOME": str(tmp_path), "SUTURE_PYTHON": lean_python()},
            capture_output=True,
            text=True,
            check=False,
        )

    git(repository, "add", "net.py", "net.js")
    (repository / "net.py").write_text(DEFECT)  # not staged
    (repository / "net.js").unlink()  # likewise
    stopped = run()
    git(repository, "rm", "-q", "--cached", "net.js")
    passed = run()

    assert stopped.returncode == 1, stopped.stdout + stopped.stderr
    assert "exit code: 2" in stopped.stdout
    assert "not reviewed net.js" in stopped.stdout
    assert "CWE-78" not in stopped.stdout
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert git(repository, "status", "--short").splitlines() == ["AM net.py"]
