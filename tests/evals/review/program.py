"""Runs the real program on a fresh clone: what `suture review` says of one form of a case, as its JSON."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.evals.corpus import ROOT, Built, output

OTHERS_KEYS = ("ANTHROPIC_", "SUTURE_", "VIRTUAL_ENV")


@dataclass(frozen=True, slots=True)
class Form:
    """The branches of a form of a case; `fixed` has upstream's fix, "" where there is no defect."""

    base: str
    head: str
    fixed: str = ""


FORMS = {
    "A": Form("a-base", "a-head", "c-head"),  # adds the vulnerable code
    "R": Form("base", "head", "base"),  # takes the fix back
    "C": Form("a-base", "c-head"),  # adds the same code as A, fixed
    "K": Form("base", "head"),  # an ordinary change
}


@dataclass(frozen=True, slots=True)
class Task:
    """One form of one case."""

    case: Built
    form: str

    @property
    def name(self) -> str:
        return f"{self.case.name}-{self.form}"

    @property
    def blind(self) -> str:
        """A name that gives neither the case nor its form away."""
        return f"pr-{hashlib.sha256(self.name.encode()).hexdigest()[:8]}"

    @property
    def branches(self) -> Form:
        return FORMS[self.form]


@dataclass(frozen=True, slots=True)
class Said:
    """The program's report, or None with the reason why there is none."""

    report: Mapping[str, Any] | None
    seconds: float
    log: str


def review(task: Task, reviewer: str, scratch: Path, variables: Mapping[str, str]) -> Said:
    """Clone the two branches, and nothing else, below `scratch`; review them as of a new repository."""
    clone = scratch / task.blind
    _clone(task, clone)
    report = scratch / f"{task.blind}.json"
    command = [sys.executable, "-m", "bot", "review", str(clone), "--base", "base", "--head", "head"]
    command += ["--format", "json", "--output", str(report)]
    command += ["--reviewer", reviewer, "--python", task.case.python, "--fail-on", "never"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS_KEYS)}
    kept["SUTURE_CACHE"] = str(scratch / "cache")  # what was learned of the repository before stays out
    since = time.monotonic()
    done = subprocess.run(
        command, cwd=ROOT, env={**kept, **variables}, capture_output=True, text=True, check=False
    )
    log = (done.stdout + done.stderr)[-4000:]
    try:
        found = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    return Said(found, time.monotonic() - since, log)


def _clone(task: Task, clone: Path) -> None:
    branches = task.branches
    output(["git", "init", "-q", "-b", "none", str(clone)])
    specs = [f"+refs/heads/{branches.base}:refs/heads/base", f"+refs/heads/{branches.head}:refs/heads/head"]
    output(["git", "-C", str(clone), "fetch", "-q", "--no-tags", str(task.case.repository), *specs])
    output(["git", "-C", str(clone), "checkout", "-q", "head"])
