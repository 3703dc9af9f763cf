"""Reading diffs: every row with its numbers, whatever the file holds or is called."""

from __future__ import annotations

import difflib
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.diff.names import unquote
from bot.diff.parse import hidden_files, parse_diff, parse_patch
from bot.diff.scope import sift
from bot.errors import InputError
from bot.records import ChangedFile

row = st.text(
    st.sampled_from(["a", "é", " ", "\t", "-", "+", "@", "\\", "\r", "\x0c", "\u2028", "\x1c", "\U0001f600"]),
    max_size=6,
)
rows = st.lists(row, max_size=12)


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout.decode(
        "utf-8", "replace"
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("blobs")
    git(folder, "init", "-q")
    return folder


def sides(file: ChangedFile) -> tuple[dict[int, str], dict[int, str]]:
    lines = [line for hunk in file.hunks for line in hunk.lines]
    old = {line.old: line.text for line in lines if line.old is not None}
    return old, {line.new: line.text for line in lines if line.new is not None}


@given(rows, rows)
def test_every_row_of_a_patch_stands_in_its_file_under_its_number(old: list[str], new: list[str]) -> None:
    """Rows carry the text of the file's line with that number, without its end; added rows are new."""
    diff = list(difflib.unified_diff([f"{one}\n" for one in old], [f"{one}\n" for one in new]))[2:]
    if not diff:
        return

    file = parse_patch("x.py", "modified", "".join(diff).removesuffix("\n"))

    before, after = sides(file)
    assert all(old[number - 1].removesuffix("\r") == text for number, text in before.items())
    assert all(new[number - 1].removesuffix("\r") == text for number, text in after.items())
    deleted = sum(line.kind == "deleted" for hunk in file.hunks for line in hunk.lines)
    assert len(new) - len(old) == sum(len(hunk.added) for hunk in file.hunks) - deleted


@settings(max_examples=25, deadline=None)
@given(rows, rows, st.booleans())
def test_a_git_diff_gives_the_new_file(repository: Path, old: list[str], new: list[str], ended: bool) -> None:
    """With all its context, the new side of `git diff` is the new file, with or without a last line feed."""
    before, after = ("\n".join(one) + "\n" * ended for one in (old, new))
    command = ["git", "hash-object", "-w", "--stdin"]
    blobs = [
        subprocess.run(command, cwd=repository, check=True, input=one.encode(), capture_output=True)
        .stdout.decode()
        .strip()
        for one in (before, after)
    ]
    text = git(repository, "diff", "--text", "-U10000", *blobs)

    files = parse_diff(text)

    if before == after:
        assert files == ()
    else:
        expected = after.split("\n")[: -1 if after.endswith("\n") else None] if after else []
        _, seen = sides(files[0])
        assert [seen[number] for number in sorted(seen)] == [one.removesuffix("\r") for one in expected]


def test_a_whole_git_diff_is_read(tmp_path: Path) -> None:
    """Renames, deletions, binaries, modes and hostile names come out as they are in the repository."""
    git(tmp_path, "init", "-q")
    odd = 'q"uo te\tä b/x.py'
    (tmp_path / 'q"uo te\tä b').mkdir()
    for name in ("gone.py", "old.py", "mode.py", "two words.py"):
        (tmp_path / name).write_text(f"# {name}\n" * 9)
    (tmp_path / "diff --git a b").write_text("one\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "one")
    git(tmp_path, "mv", "old.py", "new name.py")
    git(tmp_path, "rm", "-q", "gone.py")
    (tmp_path / "mode.py").chmod(0o755)
    (tmp_path / "two words.py").write_text("diff --git a/evil b/evil\n--- a/evil\n+++ b/evil\n@@ -1 +1 @@\n")
    (tmp_path / odd).write_text("x\n")
    (tmp_path / "empty.py").write_text("")
    (tmp_path / "data.bin").write_bytes(b"\0\1\2")
    (tmp_path / "logo.png").write_bytes(b"\0\1\2")
    (tmp_path / "diff --git a b").write_text("two")
    git(tmp_path, "add", "-A")
    text = git(tmp_path, "diff", "--cached", "-M", "--src-prefix=a/", "--dst-prefix=b/")

    files = {file.path: file for file in parse_diff(text)}
    scope = sift(files.values(), hidden_files(text))

    assert {path: file.status for path, file in files.items()} == {
        "gone.py": "removed",
        "new name.py": "renamed",
        "mode.py": "changed",
        "two words.py": "modified",
        odd: "added",
        "empty.py": "added",
        "data.bin": "added",
        "logo.png": "added",
        "diff --git a b": "modified",
    }
    assert files["new name.py"].previous_path == "old.py"
    assert [file.path for file in scope.files] == ["diff --git a b", odd, "two words.py"] or len(
        scope.files
    ) == 3
    reasons = {one.path: one for one in scope.not_reviewed}
    assert set(files) == set(reasons) | {file.path for file in scope.files}
    assert {path for path, one in reasons.items() if one.in_scope} == {"data.bin"}


@pytest.mark.parametrize(
    ("file", "patch", "words", "in_scope"),
    [
        ("a/package-lock.json", "@@ -0,0 +1 @@\n+{}", "lockfile", False),
        ("vendor/x.go", "@@ -0,0 +1 @@\n+x", "vendored", True),
        ("x_pb2.py", "@@ -0,0 +1 @@\n+x", "generated", True),
        ("x.py", "@@ -0,0 +1 @@\n+# @generated", "generated", True),
        ("x.min.js", "@@ -0,0 +1 @@\n+x", "minified", True),
        ("x.js", "@@ -0,0 +1 @@\n+" + "x" * 5000, "minified", True),
        ("x.py", "@@ -0,0 +1 @@\n+caf\ufffd", "UTF-8", True),
        ("x.py", "@@ -0,0 +1 @@\n+caf\0", "NUL", True),
        ("x.png", None, "image", False),
    ],
)
def test_a_file_left_out_has_its_reason(file: str, patch: str | None, words: str, in_scope: bool) -> None:
    """Nobody has to guess why a file is left out, and only what no reviewer would read is out of scope."""
    scope = sift([parse_patch(file, "added", patch)])

    assert scope.files == ()
    assert words in scope.not_reviewed[0].reason
    assert scope.not_reviewed[0].in_scope is in_scope


@pytest.mark.parametrize(
    "patch",
    ["nonsense", "@@ -1,9 +1,9 @@\n x", "@@ -1 +1 @@\n-a\n+b\n--- a/other\n+++ b/other\n@@ -1 +1 @@\n-a\n+b",
     "@@ -" + "9" * 5000 + " +1 @@\n-a\n+b", "@@ -1 +1 @@\n-a\n*b"],
)  # fmt: skip
def test_an_unreadable_patch_is_said_to_be_one(patch: str) -> None:
    """Never half a review of half a diff."""
    with pytest.raises(InputError, match=r"x\.py"):
        parse_patch("x.py", "modified", patch)


def test_an_unreadable_diff_is_said_to_be_one() -> None:
    """Text that is no diff is an error; no text is no change."""
    assert parse_diff("") == ()
    with pytest.raises(InputError, match="not a diff"):
        parse_diff("hello\n")
    with pytest.raises(InputError, match="names a file"):
        parse_diff("diff --git nonsense\nindex 1..2\n")
    with pytest.raises(InputError, match="status"):
        parse_patch("x.py", "exploded", None)


def test_names_are_unquoted() -> None:
    """Git quotes bytes beyond ASCII in octal and control signs by letters."""
    assert unquote('"a/\\303\\244 \\"\\t\\\\.py"') == 'a/ä "\t\\.py'
    assert unquote("plain") == "plain"
