"""The diff of two commits as GitHub's files API shows it, and where a comment may stand in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bot.demo.github.git import empty_tree, git, resolve
from bot.demo.github.records import Side

_STATUS = {"A": "added", "M": "modified", "D": "removed", "R": "renamed", "C": "copied", "T": "changed"}
_HUNK = re.compile(r"^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_MAX_PATCH_LINES = 20_000
_MAX_PATCH_BYTES = 500_000
_OPTIONS = (
    "--find-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--diff-algorithm=myers",
)


@dataclass(frozen=True)
class FileDiff:
    """One changed file. `patch` is None where GitHub leaves it out: binary, too large, a mere rename."""

    path: str
    previous_path: str | None
    status: str
    sha: str  # blob of the new file, or of the old one when it was removed
    additions: int
    deletions: int
    patch: str | None


@dataclass(frozen=True)
class Row:
    """One row of a patch. `position` counts rows below the patch's first `@@`; `hunk` counts hunks from 0."""

    sign: str  # " ", "+", "-", "@" (hunk header) or "\\"
    text: str
    old: int | None
    new: int | None
    hunk: int
    position: int


def compare(path: Path, base: str, head: str) -> tuple[FileDiff, ...]:
    """The files that differ between two commits (or trees) of the repository at `path`, in git's order."""
    raw = _raw(
        git(path, "diff", "--raw", "-z", "--no-abbrev", *_OPTIONS, base, head).decode(errors="replace")
    )
    counts = _counts(git(path, "diff", "--numstat", "-z", *_OPTIONS, base, head).decode(errors="replace"))
    text = git(path, "diff", "--patch", "--unified=3", *_OPTIONS, base, head).decode(errors="replace")
    patches = [_patch(one) for one in _sections(text)]
    return tuple(
        FileDiff(name, before, _STATUS[letter], sha, added, deleted, patch)
        for (letter, sha, before, name), (added, deleted), patch in zip(raw, counts, patches, strict=True)
    )


def of_commit(path: Path, sha: str) -> tuple[FileDiff, ...]:
    """What a commit changed against its first parent, or against nothing."""
    return compare(path, resolve(path, f"{sha}^") or empty_tree(path), sha)


def _raw(text: str) -> list[tuple[str, str, str | None, str]]:
    fields = iter(text.split("\0")[:-1])
    found = []
    for meta in fields:
        _, _, old, new, letter = meta.split(" ")
        name = next(fields)
        before = name if letter[0] in "RC" else None
        if before is not None:
            name = next(fields)
        found.append((letter[0], old if letter[0] == "D" else new, before, name))
    return found


def _counts(text: str) -> list[tuple[int, int]]:
    fields = iter(text.split("\0")[:-1])
    found = []
    for entry in fields:
        added, deleted, name = entry.split("\t")
        if not name:  # a rename: the two names follow
            next(fields)
            next(fields)
        found.append((0, 0) if added == "-" else (int(added), int(deleted)))
    return found


def _sections(text: str) -> list[str]:
    """One text a file; git writes two sections for a file that became a link, GitHub shows one file."""
    pieces = re.split(r"^(diff --git .*\n)", text, flags=re.MULTILINE)[1:]
    joined: dict[str, str] = {}
    for header, body in zip(pieces[::2], pieces[1::2], strict=True):
        joined[header] = joined.get(header, "") + body
    return list(joined.values())


def _patch(text: str) -> str | None:
    found = re.search(r"^@@ ", text, flags=re.MULTILINE)
    if found is None:
        return None
    patch = text[found.start() :].removesuffix("\n")
    too_large = patch.count("\n") > _MAX_PATCH_LINES or len(patch) > _MAX_PATCH_BYTES
    return None if too_large else patch


def rows(patch: str) -> list[Row]:
    """Every row of a file's patch with its numbers on both sides."""
    found: list[Row] = []
    old = new = 0
    hunk = -1
    for position, line in enumerate(patch.split("\n")):
        header = _HUNK.match(line)
        if header:
            old, new, hunk = int(header[1]), int(header[2]), hunk + 1
            found.append(Row("@", line, None, None, hunk, position))
            continue
        sign = line[:1] or " "
        here = Row(
            sign, line[1:], old if sign in " -" else None, new if sign in " +" else None, hunk, position
        )
        found.append(here)
        old += sign in " -"
        new += sign in " +"
    return found


def row_at(patch: str, side: Side, line: int) -> Row | None:
    """The row a comment on `line` of `side` stands on: LEFT for deleted, RIGHT for added and context rows."""
    for row in rows(patch):
        number = row.new if side == "RIGHT" else (row.old if row.sign == "-" else None)
        if number == line:
            return row
    return None


def hunk_until(patch: str, row: Row) -> str:
    """The hunk of `row` from its header down to that row: a review comment's `diff_hunk`."""
    inside = [one for one in rows(patch) if one.hunk == row.hunk and one.position <= row.position]
    return "\n".join(one.text if one.sign == "@" else one.sign + one.text for one in inside)
