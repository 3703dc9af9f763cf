"""A patch taken apart: its hunks, each of which can be left out or applied alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

from bot.fix.patches import CONTEXT
from bot.regression.languages import Language
from bot.regression.trees import read_file

MOST = 12  # parts that a patch is taken into
# A definition, an assignment, an import: what brings a name
DEFINES = re.compile(
    r"^\s*(?:(?:async )?(?:def|class) (\w+)|(?:self\.)?(\w+)(?:\s*:[^=\n]+)?\s*=[^=]"
    r"|(?:from \S+ )?import (.+)$)",
    re.MULTILINE,
)
WORD = re.compile(r"\w+|\s+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one file that differ: `before[i1:i2]` became `after[j1:j2]`. A new file is one block."""

    path: str
    i1: int
    i2: int
    j1: int
    j2: int


@dataclass(frozen=True, slots=True, eq=False)
class Hunk:
    """Blocks that belong together, for they are near each other, or code that moved."""

    blocks: tuple[Block, ...]
    without: Mapping[str, str | None] = field(default_factory=dict)  # the patched files without it
    # The head's files with only it, and with the hunks that bring the names it uses
    alone: Mapping[str, str | None] = field(default_factory=dict)
    replacements: frozenset[tuple[str, str]] = frozenset()  # texts it exchanges for others
    is_neutral: bool = False
    is_unused: bool = False  # it only brings names that nothing mentions

    @property
    def name(self) -> str:
        first = self.blocks[0]
        return f"{first.path}:{first.j1 + 1}"


@dataclass(frozen=True, slots=True)
class _Versions:
    """The lines of the patched files before and after; None where there is no file."""

    before: Mapping[str, list[str] | None]
    after: Mapping[str, list[str] | None]


def hunks_of(head: Path, fixed: Path, paths: tuple[str, ...], language: Language) -> tuple[Hunk, ...]:
    """The parts of what differs between the trees in these files, at most a dozen."""
    files = _Versions(
        {path: _lines(read_file(head, path)) for path in paths},
        {path: _lines(read_file(fixed, path)) for path in paths},
    )
    blocks = {path: _blocks(path, files) for path in paths}
    groups = [group for path in paths for group in _near(blocks[path])]
    while len(groups) > MOST:
        groups = _merged(groups)
    every = tuple(block for path in paths for block in blocks[path])
    parts = _moves(groups, files)
    hunks = (_hunk(group, _with_needs(group, parts, files), every, files, language) for group in parts)
    return tuple(replace(one, is_unused=_is_unused(one, files, fixed, language)) for one in hunks)


def _is_unused(hunk: Hunk, files: _Versions, fixed: Path, language: Language) -> bool:
    return not hunk.is_neutral and all(
        before is not None and after is not None and language.adds_unused(path, before, after, fixed)
        for path, before in hunk.without.items()
        for after in [_joined(files.after[path])]
    )


def contents_with(kept: tuple[Hunk, ...], head: Path, fixed: Path, paths: tuple[str, ...]) -> dict[str, str]:
    """What the head's files become by these hunks alone; files that stay as they are or go are left out."""
    files = _Versions(
        {path: _lines(read_file(head, path)) for path in paths},
        {path: _lines(read_file(fixed, path)) for path in paths},
    )
    blocks = frozenset(block for hunk in kept for block in hunk.blocks)
    texts = {path: _with_blocks(path, blocks, files) for path in {block.path for block in blocks}}
    return {path: text for path, text in texts.items() if text is not None}


def _lines(content: bytes | None) -> list[str] | None:
    if content is None:
        return None
    return [line for line in re.split(r"(?<=\n)", content.decode("utf-8", "surrogateescape")) if line]


def _blocks(path: str, files: _Versions) -> list[Block]:
    before, after = files.before[path] or [], files.after[path] or []
    if files.before[path] is None or files.after[path] is None:
        return [Block(path, 0, len(before), 0, len(after))]
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [Block(path, *places) for tag, *places in codes if tag != "equal"]


def _near(blocks: list[Block]) -> list[tuple[Block, ...]]:
    """Blocks that one hunk of a diff with the usual context would hold."""
    groups: list[list[Block]] = []
    for block in blocks:
        if groups and block.i1 - groups[-1][-1].i2 <= 2 * CONTEXT:
            groups[-1].append(block)
        else:
            groups.append([block])
    return [tuple(group) for group in groups]


def _merged(groups: list[tuple[Block, ...]]) -> list[tuple[Block, ...]]:
    """Two neighbours as one: those that are nearest in one file, else the last two."""

    def distance(at: int) -> tuple[bool, int]:
        one, other = groups[at][-1], groups[at + 1][0]
        return one.path != other.path, other.i1 - one.i2

    at = min(range(len(groups) - 1), key=distance)
    return [*groups[:at], groups[at] + groups[at + 1], *groups[at + 2 :]]


def _moves(groups: list[tuple[Block, ...]], files: _Versions) -> list[tuple[Block, ...]]:
    """Groups joined where the lines that one takes away are lines that another brings."""
    parts = list(groups)
    for one in groups:
        for other in groups:
            if one is not other and _taken(one, files) & _brought(other, files):
                first = next(part for part in parts if one[0] in part)
                second = next(part for part in parts if other[0] in part)
                if first is not second:
                    parts = [part for part in parts if part is not first and part is not second]
                    parts.append(tuple(sorted(first + second, key=lambda block: (block.path, block.i1))))
    return sorted(parts, key=lambda part: (part[0].path, part[0].i1))


def _taken(group: tuple[Block, ...], files: _Versions) -> set[tuple[str, str]]:
    return {pair for one in group for pair in _pairs((files.before[one.path] or [])[one.i1 : one.i2])}


def _brought(group: tuple[Block, ...], files: _Versions) -> set[tuple[str, str]]:
    return {pair for one in group for pair in _pairs((files.after[one.path] or [])[one.j1 : one.j2])}


def _pairs(lines: list[str]) -> Iterable[tuple[str, str]]:
    """Statements that follow each other: one line alone may well be the same by chance."""
    return pairwise([line.strip() for line in lines if line.strip() and not line.strip().startswith("#")])


def _with_needs(
    group: tuple[Block, ...], parts: list[tuple[Block, ...]], files: _Versions
) -> tuple[Block, ...]:
    """The group, and those that bring a name that it uses, or that one of these uses."""
    found = [group]
    for one in found:
        used = set(WORD.findall(_added(one, files))) - _names(one, files)
        found += [part for part in parts if part not in found and used & _names(part, files)]
    return tuple(block for part in found for block in part)


def _added(group: tuple[Block, ...], files: _Versions) -> str:
    return "".join("".join((files.after[one.path] or [])[one.j1 : one.j2]) for one in group)


def _names(group: tuple[Block, ...], files: _Versions) -> set[str]:
    """Names that the group defines or imports, new to its files."""
    before = {word for one in group for word in WORD.findall("".join(files.before[one.path] or []))}
    rows = DEFINES.findall(_added(group, files))
    return {word for row in rows for word in re.findall(r"\w+", "".join(row))} - before


def _hunk(
    group: tuple[Block, ...],
    needs: tuple[Block, ...],
    every: tuple[Block, ...],
    files: _Versions,
    language: Language,
) -> Hunk:
    rest = frozenset(every) - frozenset(group)
    paths = dict.fromkeys(block.path for block in group)
    without = {path: _with_blocks(path, rest, files) for path in paths}
    needed = dict.fromkeys(block.path for block in needs)
    alone = {path: _with_blocks(path, frozenset(needs), files) for path in needed}
    after = {path: _joined(files.after[path]) for path in paths}
    neutral = all(
        one is not None and other is not None and language.same_meaning(path, one, other)
        for path in paths
        for one, other in [(without[path], after[path])]
    )
    return Hunk(group, without, alone, _replacements(group, files), neutral)


def _joined(lines: list[str] | None) -> str | None:
    return None if lines is None else "".join(lines)


def _with_blocks(path: str, wanted: frozenset[Block], files: _Versions) -> str | None:
    """The head's file with these blocks of the patch, and no others."""
    before, after = files.before[path], files.after[path]
    mine = sorted((block for block in wanted if block.path == path), key=lambda block: block.i1)
    if before is None or after is None:
        return _joined(after if mine else before)
    text, at = [], 0
    for block in mine:
        text += before[at : block.i1] + after[block.j1 : block.j2]
        at = block.i2
    return "".join(text + before[at:])


def _replacements(group: tuple[Block, ...], files: _Versions) -> frozenset[tuple[str, str]]:
    found = set()
    for block in group:
        old = WORD.findall("".join((files.before[block.path] or [])[block.i1 : block.i2]))
        new = WORD.findall("".join((files.after[block.path] or [])[block.j1 : block.j2]))
        if old and len(old) + len(new) < 4_000:
            for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
                if tag != "equal":
                    found.add(("".join(old[i1:i2]), "".join(new[j1:j2])))
        else:
            found.add(("".join(old), "".join(new)))
    return frozenset(found)
