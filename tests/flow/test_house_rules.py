"""A repository's own word on its reviews: the base branch has it, the pull request has not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import jsonschema

from bot.demo.scene import SCENARIO
from bot.review.rules.repository import NO_TEST
from tests.flow.shop import need_sandbox
from tests.flow.test_review_command import SCHEMA, SUTURE, git
from tests.lean import lean_python

ASKED = """\
do_not_report:
  - cwe: CWE-22
    paths: [shop/inv*.py]
    reason: Invoices are public.
guidence: Be kind.
"""
RULES = """\
rules:
  - id: read-text
    cwe: CWE-73
    severity: low
    title: Files are read by the store
    explanation: "`{function}` reads a file itself."
    impact: Reads are not counted.
    claim: {input: a name, bad: a read that is not counted, good: a counted one}
    calls: ["*.read_text"]
"""
SILENCE = "do_not_report:\n  - paths: ['**']\n    reason: Nothing to see here.\n"


def plant(repository: Path, files: dict[str, str], message: str) -> None:
    for name, text in files.items():
        path = repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", message)


def test_the_base_speaks_and_the_head_does_not(tmp_path: Path):
    """What the base exempts is left out with its reason, its own rule finds something, its slip is told; the
    head's attempt to silence its own defect changes nothing.
    """
    need_sandbox()
    tmp_path.chmod(0o755)
    shop = tmp_path / "shop"
    shutil.copytree(SCENARIO / "base", shop)
    git(shop, "init", "-q", "-b", "main")
    plant(shop, {".github/suture.yml": ASKED, ".github/suture/rules/ours.yml": RULES}, "base")
    git(shop, "checkout", "-q", "-b", "search")
    shutil.copytree(SCENARIO / "head", shop, dirs_exist_ok=True)
    plant(shop, {".github/suture.yml": SILENCE, ".github/suture/rules/ours.yml": "rules: []\n"}, "head")

    done = subprocess.run(
        [SUTURE, "review", "--base", "main", "--reviewer", "rules", "--format", "json"],
        cwd=shop,
        env={
            "PATH": os.defpath,
            "HOME": str(tmp_path),
            "VIRTUAL_ENV": str(Path(lean_python()).parent.parent),
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    jsonschema.validate(report, json.loads(SCHEMA.read_text()))
    assert [(one["path"], one["rule"], one["verdict"]) for one in report["findings"]] == [
        ("shop/customers.py", "python/sql-injection", "proven"),
        ("shop/invoices.py", "repository/read-text", "unproven"),
    ]
    assert [one["detail"] for one in report["findings"][1]["proof"]["gates"]] == [NO_TEST]
    reason = "the repository asks not to report this (.github/suture.yml line 2): Invoices are public."
    assert [(one["cwe"], one["stage"], one["reason"]) for one in report["dropped"]] == [
        ("CWE-22", "config", reason)
    ]
    (remark,) = report["remarks"]
    assert (remark["path"], remark["line"]) == (".github/suture.yml", 5)
    assert "did you mean `guidance`?" in remark["what"]
