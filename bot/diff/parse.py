"""Reads unified diffs: GitHub's `patch` of one file, and the whole of `git diff`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Literal, get_args

from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk as UnidiffHunk
from unidiff.patch import PatchSet

from bot.diff.names import header_paths
from bot.errors import InputError
from bot.records import ChangedFile, Hunk, Line

Status = Literal["added", "modified", "renamed", "copied", "removed", "changed", "unchanged"]

BINARY = "The file is binary, or so full of NUL bytes that git takes it for binary."

_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_STATUS = {
    "--- /dev/null": "added",
    "+++ /dev/null": "removed",
    "new file mode ": "added",
    "deleted file mode ": "removed",
    "rename from ": "renamed",
    "copy from ": "copied",
}


def parse_patch(
    path: str, status: str, patch_text: str | None, previous_path: str | None = None
) -> ChangedFile:
    """One file as GitHub's files API gives it: `patch_text` has no file header; None where GitHub shows none.

    Raises InputError when the patch cannot be read or the status is not one of GitHub's.
    """
    if status not in get_args(Status):
        raise InputError(f"GitHub gives {path!r} the status {status!r}, which is not known here.")
    hunks = _hunks(path, patch_text) if patch_text else ()
    return ChangedFile(path, _as_status(status), hunks, previous_path)


def parse_diff(text: str) -> tuple[ChangedFile, ...]:
    """All files of a `git diff` or a plain unified diff, with the prefixes a/ and b/, in its order.

    Raises InputError when it cannot be read.
    """
    files = tuple(_changed_file(section) for section in _sections(text))
    if not files and text.strip():
        raise InputError(
            "This is not a diff as `git diff` writes it: no line starts with `diff --git` or `---`."
        )
    return files


def hidden_files(text: str) -> dict[str, str]:
    """The files of a `git diff` of which it shows no text, with the reason."""
    return {
        header_paths(section.header)[1]: BINARY
        for section in _sections(text)
        if any(line.startswith(("Binary files ", "GIT binary patch")) for line in section.header)
    }


def _hunks(path: str, text: str) -> tuple[Hunk, ...]:
    # The neutral header keeps hostile file names out of the parser.
    body = "--- a/file\n+++ b/file\n" + (text if text.endswith("\n") else text + "\n")
    try:
        parsed = list(PatchSet(StringIO(body)))
    except (UnidiffParseError, ValueError) as exc:
        raise InputError(f"The diff of {path!r} cannot be read: {str(exc).strip()[:200]}.") from exc
    if len(parsed) != 1 or not parsed[0]:
        raise InputError(f"The diff of {path!r} cannot be read: it has no hunks, or more than its own.")
    return tuple(Hunk(path, hunk.section_header.rstrip("\r"), tuple(_lines(hunk))) for hunk in parsed[0])


def _lines(hunk: UnidiffHunk) -> Iterator[Line]:
    kinds: dict[str, Literal["context", "added", "deleted"]] = {" ": "context", "+": "added", "-": "deleted"}
    for row in hunk:
        kind = kinds.get(row.line_type)
        if kind is not None:  # else the "no newline" note, or an empty line after the hunk
            text = row.value.removesuffix("\n").removesuffix("\r")
            yield Line(kind, row.source_line_no, row.target_line_no, text)


@dataclass(frozen=True, slots=True)
class _Section:
    header: tuple[str, ...]  # from `diff --git` to the line before the first hunk
    hunks: str


def _sections(text: str) -> Iterator[_Section]:
    """One section a file. Lines inside a hunk are counted: code that looks like a header is none."""
    header: list[str] = []
    body: list[str] = []
    old = new = 0
    for line in StringIO(text):
        if old > 0 or new > 0:
            old -= line[0] in " -\r\n"
            new -= line[0] in " +\r\n"
            body.append(line)
        elif line.startswith("diff --git ") or (line.startswith("--- ") and (body or not header)):
            if header:
                yield _Section(tuple(header), "".join(body))
            header, body = [line.rstrip("\n")], []
            if line.startswith("--- "):
                header.insert(0, "")  # a plain unified diff, as `git apply` takes it too
        elif header and (match := _HUNK.match(line)):
            old, new = (int(count or 1) for count in match.groups())
            body.append(line)
        elif header:
            (body if line.startswith("\\") else header).append(line.rstrip("\n"))
    if header:
        yield _Section(tuple(header), "".join(body))


def _changed_file(section: _Section) -> ChangedFile:
    old, new = header_paths(section.header)
    status = "modified" if section.hunks else "changed"
    for line in section.header[1:]:
        for start, meaning in _STATUS.items():
            status = meaning if line.startswith(start) else status
    path = old if status == "removed" else new
    previous = old if status in {"renamed", "copied"} else None
    hunks = _hunks(path, section.hunks) if section.hunks else ()
    return ChangedFile(path, _as_status(status), hunks, previous)


def _as_status(status: str) -> Status:
    return next(one for one in get_args(Status) if one == status)
