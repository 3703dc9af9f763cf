"""`suture prove` as a user calls it: exit codes, both formats, and the repository left as it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import bot.proof
from bot.fix.patches import make_patch
from tests.flow.shop import FILES, FIXED, TEST, commit_tree, need_sandbox
from tests.lean import lean_python

SCHEMA = json.loads((Path(bot.proof.__file__).parent / "schema" / "suture.proof.v1.json").read_text())
SUTURE = (sys.executable, "-m", "bot")


def suture(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SUTURE_")}
    command = [*SUTURE, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=kept | variables)


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(value, SCHEMA, jsonschema.Draft202012Validator)
    return value


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return commit_tree(tmp_path / "repository", FILES)


@pytest.fixture
def given(tmp_path: Path, repository: Path) -> tuple[object, ...]:
    (tmp_path / "fix.patch").write_text(make_patch({"src/shop/pages.py": FIXED}, repository).diff)
    (tmp_path / "test_pages.py").write_text(TEST)
    patch, test = tmp_path / "fix.patch", tmp_path / "test_pages.py"
    return ("prove", repository, "--patch", patch, "--test", test, "--python", lean_python())


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_proven(repository: Path, given: tuple[object, ...]):
    """Exit 0 and a document as published; the head is a commit, whatever lies uncommitted beside it."""
    need_sandbox()
    (repository / "src/shop/pages.py").write_text("not committed")
    before = snapshot(repository)

    done = suture(*given, "--format", "json", "--head", "main")

    assert done.returncode == 0, done.stdout + done.stderr
    proof = document(done)
    assert proof["verdict"] == "proven"
    assert proof["test"]["path"] == "tests/test_pages.py"
    assert [gate["gate"] for gate in proof["gates"]] == [f"G{number}" for number in range(15)]
    red = proof["runs"][0]
    assert red["tree"] == "head"
    assert red["outcomes"]["tests/test_pages.py::test_page_outside_is_refused"] == "failed"
    assert snapshot(repository) == before


def test_not_proven(tmp_path: Path, given: tuple[object, ...]):
    """Exit 1, and the text names the gate, its reason and a sentence."""
    need_sandbox()
    (tmp_path / "test_nothing.py").write_text("def test_nothing():\n    assert True\n")

    done = suture(*given, "--test", f"{tmp_path}/test_nothing.py:tests/test_other.py")

    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("unproven: tests/test_other.py on ")
    assert "✗ G3   [not-red] No new test fails on the head" in done.stdout
    assert "Environment: interpreter" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--head", "nowhere"), "'nowhere' is not a commit"),
        (("--patch", "/nowhere/fix.patch"), "--patch /nowhere/fix.patch cannot be read"),
        (("--test", "/nowhere/test_a.py"), "--test /nowhere/test_a.py cannot be read"),
        (("--python", "/nowhere/python"), "There is no interpreter /nowhere/python"),
    ],
)
def test_could_not_run(given: tuple[object, ...], arguments: tuple[str, ...], sentence: str):
    """Exit 2 with one sentence on stderr, and the same in the JSON document."""
    need_sandbox()

    done = suture(*given, "--format", "json", *arguments)

    assert done.returncode == 2
    assert sentence in document(done)["error"]
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_no_repository(tmp_path: Path, given: tuple[object, ...]):
    """Exit 2, and the sentence says what to give."""
    done = suture("prove", tmp_path, *given[2:])

    assert done.returncode == 2
    assert "not a git repository" in done.stderr


def test_a_test_that_is_too_large(tmp_path: Path, given: tuple[object, ...]):
    """Exit 2 before anything is run: no stored proof could hold it."""
    (tmp_path / "test_pages.py").write_text("a = 1\n" * 100_000)

    done = suture(*given)

    assert done.returncode == 2
    assert "larger than 512 KiB" in done.stderr


@pytest.mark.parametrize("word", ["exception", "timeout:soon", "timeout:999", "signal:9"])
def test_a_declaration_that_cannot_be_read(given: tuple[object, ...], word: str):
    """Exit 2 with how to write it."""
    done = suture(*given, "--declare", word)

    assert done.returncode == 2
    assert "exception:NAME" in done.stderr


def test_no_sandbox(tmp_path: Path, given: tuple[object, ...]):
    """Without bubblewrap nothing is run: exit 2, and what to install."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to("/usr/bin/git")

    done = suture(*given, PATH=str(tmp_path / "bin"))

    assert done.returncode == 2
    assert "install" in done.stderr
    assert "Traceback" not in done.stderr
