"""What cannot be reviewed is said in a sentence that tells what to do, and never looks like clean."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.__main__ import suture
from bot.diff.parse import parse_diff, parse_patch
from bot.errors import InputError, SutureError
from tests.flow.shop import FILES, commit_tree, need_sandbox, write_tree
from tests.lean import lean_python

GIT = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
DEFECT = '''"""Reads pages."""

from pathlib import Path


def read(folder, name):
    """The page's text."""
    return (Path(folder) / name).read_text()
'''


def git(repository: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(repository), *GIT, *words], check=True, capture_output=True)


def change(repository: Path, files: dict[str, str | bytes]) -> Path:
    """Commit the files on a branch `head`, on top of main."""
    git(repository, "checkout", "-q", "-b", "head")
    for path, content in files.items():
        place = repository / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
    git(repository, "add", ".")
    git(repository, "commit", "-q", "--allow-empty", "-m", "change")
    return repository


def review(repository: Path, *more: str) -> tuple[int, dict[str, Any]]:
    """Exit code and report of `suture review` with the embedded rules."""
    words = ["review", str(repository), "--base", "main", "--head", "head", "--reviewer", "rules"]
    done = CliRunner().invoke(suture, [*words, "--python", lean_python(), "--format", "json", *more])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, json.loads(done.stdout)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    return commit_tree(tmp_path / "repository", FILES)


@pytest.mark.parametrize("text", ["@@ nonsense", "@@ -1,3 +1,1 @@\n-only one of three", "hello"])
def test_an_unreadable_diff_is_an_error_that_names_the_file(text: str):
    """A patch that is no unified diff is refused with the path, not skipped."""
    with pytest.raises(InputError, match=r"shop/a\.py"):
        parse_patch("shop/a.py", "modified", text)
    with pytest.raises(InputError):
        parse_diff(text)


def test_a_binary_file_is_named_and_keeps_the_review_from_being_clean(repository: Path):
    """Nobody can read it, so nobody says it is clean."""
    code, report = review(change(repository, {"src/shop/table.dat": bytes(range(256))}))

    assert (code, report["conclusion"]) == (2, "incomplete")
    assert [one["path"] for one in report["not_reviewed"]] == ["src/shop/table.dat"]
    assert "binary" in report["not_reviewed"][0]["reason"]


def test_a_file_that_is_not_utf_8_is_named_with_what_to_do(repository: Path):
    """The sentence tells to convert it."""
    code, report = review(change(repository, {"src/shop/names.py": 'NAME = "Zoë"\n'.encode("latin-1")}))

    assert (code, report["conclusion"]) == (2, "incomplete")
    assert "Convert it to UTF-8" in report["not_reviewed"][0]["reason"]


def test_an_empty_pull_request_is_clean(repository: Path):
    """Nothing changed, nothing found, nothing left out."""
    code, report = review(change(repository, {}))

    assert (code, report["conclusion"], report["not_reviewed"]) == (0, "clean", [])


def test_a_repository_without_tests_gets_its_first(tmp_path: Path):
    """The regression test makes the test folder, and the proof says that there was nothing to keep."""
    need_sandbox()
    tmp_path.chmod(0o755)
    bare = commit_tree(tmp_path / "repository", {"shop/__init__.py": "", "shop/names.py": "NAMES = ()\n"})

    code, report = review(change(bare, {"shop/pages.py": DEFECT}))

    (finding,) = report["findings"]
    kept = next(gate for gate in finding["proof"]["gates"] if gate["gate"] == "G10")
    assert (code, finding["verdict"]) == (1, "proven")
    assert finding["test"]["path"].startswith("tests/test_")
    assert "no " in kept["detail"]
    assert "test" in kept["detail"]


def test_tests_that_cannot_be_collected_prove_nothing(repository: Path):
    """The reason is the collection error itself; the finding is at most reproduced."""
    need_sandbox()
    broken = {"tests/test_title.py": "import a_module_that_is_nowhere\n", "src/shop/extra.py": DEFECT}

    code, report = review(change(repository, broken))

    (finding,) = report["findings"]
    kept = next(gate for gate in finding["proof"]["gates"] if gate["gate"] == "G10")
    assert (code, finding["verdict"]) == (1, "reproduced")
    assert not kept["passed"]
    assert "a_module_that_is_nowhere" in kept["detail"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--head", "gone"], "Fetch it, or name another"),
        (["--base", "gone"], "Fetch it, or name another"),
        (["--reviewer", "claude"], "ANTHROPIC_API_KEY"),
    ],
)
def test_a_wrong_call_says_what_to_do(repository: Path, words: list[str], sentence: str, tmp_path: Path):
    """A branch that is not there, a reviewer without a key: one sentence, exit code 2, no traceback."""
    program = Path(sys.executable).with_name("suture")
    done = subprocess.run(
        [program, "review", repository, "--base", "main", "--head", "main", *words],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert sentence in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_no_repository_and_no_folder(tmp_path: Path):
    """A path that is not a repository is named."""
    for path in (tmp_path, tmp_path / "nowhere"):
        done = CliRunner().invoke(suture, ["review", str(path), "--base", "main"])
        said = str(done.exception) if isinstance(done.exception, SutureError) else done.output
        assert str(path) in said


def test_unrelated_histories(repository: Path):
    """Two commits without a common ancestor have no range between them."""
    git(repository, "checkout", "-q", "--orphan", "head")
    write_tree(repository, {"other.py": "A = 1\n"})
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "other")

    code, report = review(repository)

    assert (code, report["conclusion"]) == (2, "failed")
    assert "no common ancestor" in report["failure"]
