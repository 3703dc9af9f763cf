"""Patches: contents → unified diff; a diff → what it would touch; a diff applied to a scratch tree."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from difflib import SequenceMatcher
from pathlib import Path

from bot.errors import InputError
from bot.gates.placement import PatchFacts
from bot.records import Patch
from bot.regression.languages import Language
from bot.regression.trees import blank_repository, is_below, read_file

CONTEXT = 3
SECONDS = 60
# Header lines of git's diffs that say more than "these lines of this plain file change"
ODD_HEADERS = re.compile(
    rb"^(GIT binary patch|Binary files .* differ|(?:old|new) mode [0-7]+"
    rb"|new file mode (?!100644\s*$)[0-7]+|deleted file mode (?!100(?:644|755)\s*$)[0-7]+"
    rb"|index [0-9a-f]+\.\.[0-9a-f]+ (?:120000|160000)|(?:rename|copy) (?:from|to) .*)",
    re.MULTILINE,
)


def make_patch(changed: Mapping[str, str], tree: Path, strategy: str = "") -> Patch:
    """The unified diff that gives the tree's files these contents, and makes those that are not there.

    `git apply` takes it, with CRLF and without a newline at the end of a file. Raises InputError for a file
    that is not UTF-8.
    """
    parts = []
    for path in sorted(changed):
        before = read_file(tree, path)
        try:
            old = None if before is None else before.decode()
        except UnicodeDecodeError as exc:
            raise InputError(f"{path} is not UTF-8, so no patch can be written for it.") from exc
        parts.append(_file_diff(path, old, changed[path]))
    return Patch("".join(parts), strategy)


def _file_diff(path: str, old: str | None, new: str) -> str:
    if old == new:
        return ""
    before, after = _lines(old or ""), _lines(new)
    source, target = _quoted(f"a/{path}"), _quoted(f"b/{path}")
    head = f"diff --git {source} {target}\n"
    if old is None:
        head += "new file mode 100644\n"
        source = "/dev/null"
    groups = SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT)
    hunks = [_hunk(group, before, after) for group in groups]
    # git ends a name that holds a blank with a tab, and so can tell it from a time stamp
    names = "".join(
        f"{sign} {name}{chr(9) if ' ' in name else ''}\n" for sign, name in (("---", source), ("+++", target))
    )
    return head + (names if hunks else "") + "".join(hunks)


def _hunk(group: list[tuple[str, int, int, int, int]], before: list[str], after: list[str]) -> str:
    first, last = group[0], group[-1]
    rows = [f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@\n"]
    for tag, i1, i2, j1, j2 in group:
        if tag == "equal":
            rows += [_row(" ", line) for line in before[i1:i2]]
            continue
        rows += [_row("-", line) for line in before[i1:i2]]
        rows += [_row("+", line) for line in after[j1:j2]]
    return "".join(rows)


def _range(start: int, stop: int) -> str:
    length = stop - start
    return f"{start + 1 if length else start},{length}"


def _row(sign: str, line: str) -> str:
    return f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """Lines as git counts them: only a newline ends one (`splitlines` breaks at form feeds too)."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


def _quoted(name: str) -> str:
    """The name as git writes it: quoted like a C string for a quote, a backslash or a control sign."""
    if not re.search(r'["\\\x00-\x1f\x7f]', name):
        return name
    signs = (f"\\{ord(sign):03o}" if sign < " " or sign in '"\\\x7f' else sign for sign in name)
    return '"' + "".join(signs) + '"'


def examine_patch(patch: Patch, tree: Path, language: Language) -> PatchFacts:
    """What the patch would do to the tree, as git itself reads it. Changes nothing."""
    diff = patch.diff.encode("utf-8", "surrogateescape")
    if not diff.strip():
        return PatchFacts(is_empty=True)
    oddities = tuple(found.decode(errors="replace").strip() for found in ODD_HEADERS.findall(diff))
    listed = _git_apply(tree, diff, "--numstat", "-z")
    if listed.returncode != 0:
        return PatchFacts(error=_said(listed), oddities=oddities)
    counts = [row.split(b"\t", 2) for row in listed.stdout.split(b"\0") if row.count(b"\t") >= 2]
    paths = tuple(sorted({row[2].decode("utf-8", "surrogateescape") for row in counts}))
    checked = _git_apply(tree, diff, "--check")
    return PatchFacts(
        paths=paths,
        outside=tuple(path for path in paths if not is_below(tree, path)),
        protected=tuple(
            path for path in paths if language.is_protected(path) or language.is_test_file(path, tree)
        ),
        oddities=oddities,
        is_empty=not any(row[0] != b"0" or row[1] != b"0" for row in counts) and not oddities,
        error=_said(checked) if checked.returncode != 0 else "",
    )


def apply_patch(patch: Patch, tree: Path) -> None:
    """Apply the patch to a scratch tree, whole or not at all. Raises InputError with git's words if not."""
    done = _git_apply(tree, patch.diff.encode("utf-8", "surrogateescape"))
    if done.returncode != 0:
        raise InputError(f"The patch does not apply: {_said(done)}")


def _git_apply(tree: Path, diff: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """`git apply` as in a plain folder: nothing the tree configures is obeyed, nor a repository in it."""
    with blank_repository() as environment:
        here = environment | {"GIT_WORK_TREE": str(tree), "GIT_CEILING_DIRECTORIES": str(tree.parent)}
        command = ["git", "apply", "--whitespace=nowarn", *arguments, "-"]
        return subprocess.run(
            command, cwd=tree, env=here, input=diff, capture_output=True, timeout=SECONDS, check=False
        )


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode(errors="replace").replace("error: ", "").strip().splitlines()
    return "; ".join(lines[:3]) or f"git apply ended with {done.returncode}"
