"""`suture review` on a real repository: proven findings, the right environment, the repository untouched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from bot.demo.scene import SCENARIO
from tests.flow.shop import need_sandbox
from tests.lean import lean_python
from tests.unit.test_outputs import SCHEMA

SUTURE = Path(sys.executable).with_name("suture")


def git(repository: Path, *words: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(repository), *who, *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The demo's shop as a working copy, its change on a branch that is checked out."""
    need_sandbox()
    tmp_path.chmod(0o755)
    repository = tmp_path / "shop"
    shutil.copytree(SCENARIO / "base", repository)
    git(repository, "init", "-q", "-b", "main")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "base")
    git(repository, "checkout", "-q", "-b", "search")
    shutil.copytree(SCENARIO / "head", repository, dirs_exist_ok=True)
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "head")
    return repository


def test_both_defects_are_proven_in_the_active_environment(shop: Path, tmp_path: Path):
    """The report is valid, names both defects with patch and test, and git sees no change afterwards."""
    environment = {
        "PATH": os.defpath,
        "HOME": str(tmp_path),
        "VIRTUAL_ENV": str(Path(lean_python()).parent.parent),
    }

    done = subprocess.run(
        [SUTURE, "review", "--base", "main", "--reviewer", "rules", "--format", "json"],
        cwd=shop / "tests",  # from any folder of the repository
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    jsonschema.validate(report, json.loads(SCHEMA.read_text()))
    assert (report["base"], report["head"]) == tuple(
        git(shop, "rev-parse", name).strip() for name in ("main", "search")
    )
    assert [(one["path"], one["cwe"], one["verdict"]) for one in report["findings"]] == [
        ("shop/customers.py", "CWE-89", "proven"),
        ("shop/invoices.py", "CWE-22", "proven"),
    ]
    assert f"Environment: interpreter {lean_python()}" in done.stderr
    assert git(shop, "status", "--short") == ""
    for one in report["findings"]:
        subprocess.run(["git", "apply", "--check"], input=one["patch"], text=True, cwd=shop, check=True)
