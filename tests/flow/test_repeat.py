"""The commands below a comment, run as they stand there: by a real shell, with real git, in a fresh clone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from bot.fix.patches import make_patch
from bot.publish import repeat
from bot.records import Patch, RegressionTest
from tests.flow.shop import FILES, FIXED, TEST, commit_tree, need_sandbox
from tests.lean import lean_python

PATH = "src/shop/pages.py"
BRANCH = "suture/fix/pr-7-0123-aaaaaaa"
REGRESSION = RegressionTest("tests/test_pages.py", TEST)


def git(folder: Path, *words: str) -> str:
    author = ("-c", "user.name=dana", "-c", "user.email=dana@example.com")
    return subprocess.run(
        ["git", *author, *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


def fixed_clone(tmp_path: Path) -> tuple[Path, str, Patch]:
    """A clone of a repository that has the fix commit on a branch; the head, and the patch."""
    origin = commit_tree(tmp_path / "origin", FILES)
    head = git(origin, "rev-parse", "HEAD").strip()
    patch = make_patch({PATH: FIXED}, origin)
    git(origin, "switch", "--quiet", "--create", BRANCH)
    (origin / PATH).write_text(FIXED)
    (origin / REGRESSION.path).write_text(TEST)
    git(origin, "add", "--all")
    git(origin, "commit", "--quiet", "--message", "Fix")
    git(origin, "switch", "--quiet", "--detach", head)
    git(tmp_path, "clone", "--quiet", str(origin), "clone")
    return tmp_path / "clone", head, patch


def run(said: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The block of a text, typed into a shell whose `python` has pytest and whose `suture` is ours."""
    script = re.findall(r"```sh\n(.*?)\n```", said, re.DOTALL)[-1]
    programs = folder.parent / "programs"
    programs.mkdir(exist_ok=True)
    for name, command in (("suture", f"{sys.executable} -m bot"), ("python", lean_python())):
        (programs / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (programs / name).chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SUTURE_")}
    ours = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "SUTURE_PYTHON": str(lean_python()),
        "PYTHONPATH": "src",
    }
    return subprocess.run(
        ["sh", "-c", script], cwd=folder, capture_output=True, text=True, check=False, env=kept | ours
    )


def test_by_hand(tmp_path: Path) -> None:
    """Green with the fix commit, red with the head's source, and the tree is the fix commit's in the end."""
    clone, head, patch = fixed_clone(tmp_path)

    done = run(repeat.by_hand(head, BRANCH, patch, REGRESSION), clone)

    assert re.findall(r"\d+ passed|\d+ failed", done.stdout) == ["2 passed", "1 failed", "1 passed"]
    assert git(clone, "status", "--porcelain", "--untracked-files=no") == ""
    assert (clone / PATH).read_text() == FIXED


def test_by_suture(tmp_path: Path) -> None:
    """The fix commit alone is enough to have the proof made again, by all gates."""
    need_sandbox()
    clone, head, patch = fixed_clone(tmp_path)

    done = run(repeat.by_suture(head, BRANCH, patch, REGRESSION, ()), clone)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"proven: {REGRESSION.path} on {head[:12]}")


def test_by_suture_without_a_commit(tmp_path: Path) -> None:
    """What the reader saved is judged: here a test that is not what the patch is for."""
    need_sandbox()
    clone, head, patch = fixed_clone(tmp_path)
    (clone / repeat.PATCH_FILE).write_text(patch.diff)
    (clone / "test_pages.py").write_text("def test_nothing():\n    assert True\n")

    done = run(repeat.by_suture(head, "", patch, REGRESSION, ("src",)), clone)

    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.startswith("unproven: tests/test_pages.py")
