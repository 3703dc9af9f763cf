"""A stored proof run again, by `suture prove --replay` and by hand; and the Statement about it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import bot.proof
from bot.fix.patches import make_patch
from tests.flow.shop import FILES, FIXED, TEST, commit_tree, need_sandbox
from tests.flow.test_prove_command import document, snapshot, suture
from tests.lean import lean_python

REPLAY = json.loads((Path(bot.proof.__file__).parent / "schema" / "suture.replay.v1.json").read_text())
RED = "tests/test_pages.py::test_page_outside_is_refused"


@dataclass(frozen=True)
class Stored:
    folder: Path
    repository: Path
    proof: dict[str, Any]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """A proof as `suture prove` printed it, and beside it what it was made from."""
    need_sandbox()
    folder = tmp_path_factory.mktemp("stored")
    repository = commit_tree(folder / "repository", FILES)
    (folder / "fix.patch").write_text(make_patch({"src/shop/pages.py": FIXED}, repository).diff)
    (folder / "test_pages.py").write_text(TEST)
    files = ("--patch", folder / "fix.patch", "--test", folder / "test_pages.py")
    more = ("--python", lean_python(), "--format", "json", "--attest", folder / "fix.intoto.json")
    done = suture("prove", repository, *files, *more)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "proof.json").write_text(done.stdout)
    return Stored(folder, repository, document(done))


def replay(repository: Path, proof: Path, *more: object) -> subprocess.CompletedProcess[str]:
    return suture("prove", repository, "--replay", proof, "--python", lean_python(), *more)


def replayed(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(value, REPLAY, jsonschema.Draft202012Validator)
    return value


def git(repository: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", repository, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_an_untouched_proof_holds(stored: Stored, tmp_path: Path):
    """Exit 0 in any clone that has the commit, every gate then and now, and the clone left as it was."""
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(stored.repository), str(clone))
    before = snapshot(clone)

    done = replay(clone, stored.folder / "proof.json", "--format", "json")

    assert done.returncode == 0, done.stdout + done.stderr
    said = replayed(done)
    assert said["holds"]
    assert said["verdict"] == {"then": "proven", "now": "proven"}
    assert said["environment"]["same"]
    assert [gate["gate"] for gate in said["gates"]] == [f"G{number}" for number in range(15)]
    assert all(gate["then"]["passed"] and gate["now"]["passed"] for gate in said["gates"])
    assert snapshot(clone) == before


def test_the_statement_names_the_files_and_the_commit(stored: Stored):
    """Its digests are those of the given files, of the repository's commit, and of what was printed."""
    said = json.loads((stored.folder / "fix.intoto.json").read_text())

    assert {one["name"]: one["digest"]["sha256"] for one in said["subject"]} == {
        "patch": sha256(stored.folder / "fix.patch"),
        "test": sha256(stored.folder / "test_pages.py"),
    }
    assert said["predicate"]["verdict"] == "proven"
    assert said["predicate"]["head"]["digest"]["gitCommit"] == git(stored.repository, "rev-parse", "HEAD")
    assert said["predicate"]["tree"]["digest"]["gitTree"] == git(
        stored.repository, "rev-parse", "HEAD^{tree}"
    )
    assert said["predicate"]["proof"]["digest"]["sha256"] == sha256(stored.folder / "proof.json")


@pytest.mark.parametrize("side", ["head", "fixed"])
def test_the_document_is_enough_to_do_it_by_hand(stored: Stored, tmp_path: Path, side: str):
    """git, pytest and what the proof says: the same exit code and the same outcome."""
    proof = stored.proof
    git(tmp_path, "clone", "-q", str(stored.repository), "tree")
    tree = tmp_path / "tree"
    git(tree, "checkout", "-q", proof["head"])
    if side == "fixed":
        (tmp_path / "fix.patch").write_text(proof["patch"]["diff"])
        git(tree, "apply", str(tmp_path / "fix.patch"))
    (tree / proof["test"]["path"]).write_text(proof["test"]["content"])
    run = next(one for one in proof["runs"] if one["tree"] == side)

    done = subprocess.run(
        [lean_python(), *run["command"][1:], "-rA"],
        cwd=tree,
        env={"PATH": os.defpath, "PYTHONPATH": ":".join(run["python_path"]), "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == run["exit_code"]
    for test_id, status in run["outcomes"].items():
        assert f"{status.upper()} {test_id}" in done.stdout


def rewrite(part: str, field: str, text: str) -> Callable[[dict[str, Any]], None]:
    """Change the text, and its digest with it, as a careful forger would."""

    def act(proof: dict[str, Any]) -> None:
        proof[part].update({field: text, "sha256": hashlib.sha256(text.encode()).hexdigest()})

    return act


WEAK = TEST.replace('with pytest.raises(ValueError):\n        find(tmp_path, "../other")', "assert find")
LEAVES = "--- /dev/null\n+++ b/../left.py\n@@ -0,0 +1 @@\n+x = 1\n"


@pytest.mark.parametrize(
    ("change", "gate"),
    [
        (rewrite("test", "content", WEAK), "G3"),
        (rewrite("test", "path", "src/shop/extra.py"), "G1"),
        (rewrite("patch", "diff", LEAVES), "G1"),
    ],
    ids=["weaker test", "misplaced test", "patch that leaves"],
)
def test_a_forged_proof_does_not_hold(
    stored: Stored, tmp_path: Path, change: Callable[[dict[str, Any]], None], gate: str
):
    """Exit 1: what the document says of itself counts for nothing, and nothing is written anywhere."""
    forged = deepcopy(stored.proof)
    change(forged)
    (tmp_path / "proof.json").write_text(json.dumps(forged))
    before = snapshot(stored.folder)

    done = replay(stored.repository, tmp_path / "proof.json", "--format", "json")

    assert done.returncode == 1, done.stdout + done.stderr
    said = replayed(done)
    assert not said["holds"]
    assert said["verdict"]["then"] == "proven"
    assert said["verdict"]["now"] != "proven"
    seen = next(one for one in said["gates"] if one["gate"] == gate)
    assert seen["then"]["passed"]
    assert not seen["now"]["passed"]
    assert snapshot(stored.folder) == before


def test_a_fix_that_does_not_fix_with_the_verdict_edited(stored: Stored, tmp_path: Path):
    """The text says what was said then and what is seen now."""
    forged = deepcopy(stored.proof)
    useless = make_patch(
        {"src/shop/pages.py": FIXED.replace("if not place", "if place == 1 and not place")}, stored.repository
    )
    rewrite("patch", "diff", useless.diff)(forged)
    forged["environment"]["key"] = "elsewhere"
    (tmp_path / "proof.json").write_text(json.dumps(forged))

    done = replay(stored.repository, tmp_path / "proof.json")

    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.startswith("does not hold: tests/test_pages.py on ")
    assert "then proven, now reproduced" in done.stdout
    assert "Environment: elsewhere then, " in done.stdout
    assert "  ✓    ✗   G5   [not-green]" in done.stdout


def test_a_head_that_is_not_here(stored: Stored, tmp_path: Path):
    """Exit 2, and the sentence says what to do."""
    other = commit_tree(tmp_path / "other", {**FILES, "README": "another history"})

    done = replay(other, stored.folder / "proof.json", "--format", "json")

    assert done.returncode == 2
    assert f"Fetch it (git fetch REMOTE {stored.proof['head']})" in replayed(done)["error"]
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_proof(stored: Stored, tmp_path: Path):
    """Exit 2 in both formats, with one sentence."""
    (tmp_path / "proof.json").write_text(
        '{"schema": "suture.proof/v1", "version": "1", "error": "No sandbox."}'
    )

    done = replay(stored.repository, tmp_path / "proof.json", "--format", "json")

    assert done.returncode == 2
    assert "nothing in it to run again" in replayed(done)["error"]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--replay", "proof.json", "--head", "main"), "leave out --head"),
        (("--replay", "proof.json", "--patch", "a", "--test", "b"), "leave out --patch, --test"),
        (("--patch", "a"), "Missing --test (or --replay"),
        (("--replay", "proof.json", "--pythonpath", "../src"), "not a folder of the repository"),
    ],
)
def test_options_that_do_not_go_together(arguments: tuple[str, ...], sentence: str):
    """Exit 2 with what to leave out or to add."""
    done = suture("prove", *arguments)

    assert done.returncode == 2
    assert sentence in " ".join(done.stderr.split())


def test_a_statement_that_cannot_be_written(stored: Stored, tmp_path: Path):
    """Exit 2, but what was seen is said all the same."""
    forged = deepcopy(stored.proof)
    rewrite("test", "content", WEAK)(forged)
    (tmp_path / "proof.json").write_text(json.dumps(forged))

    done = replay(stored.repository, tmp_path / "proof.json", "--attest", tmp_path / "nowhere" / "a.json")

    assert done.returncode == 2
    assert done.stdout.startswith("does not hold")
    assert "a.json cannot be written" in done.stderr
