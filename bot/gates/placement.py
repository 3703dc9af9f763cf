"""G1: the test is only added, where the project's runner looks for tests; the patch changes source only."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from bot.gates import listed, passed, refused
from bot.records import Gate, Reason

GATE = "G1"


@dataclass(frozen=True, slots=True)
class TestFacts:
    """What was found out about the place of a test."""

    __test__ = False

    path: str
    content: str
    is_inside: bool  # a plain path below the tree, through no symbolic link
    is_collected: bool  # the project's own runner would collect tests from it
    before: str | None = None  # what stands there on the head


@dataclass(frozen=True, slots=True)
class PatchFacts:
    """What was found out about a patch, as git reads it."""

    paths: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()  # of these, the ones that leave the tree or go through a symbolic link
    protected: tuple[str, ...] = ()  # of these, the ones a fix has to keep its hands off
    oddities: tuple[str, ...] = ()  # binary content, modes, links, renames: anything but lines of plain files
    is_empty: bool = False
    error: str = ""  # git's words when it does not apply


def judge_test(facts: TestFacts) -> Gate:
    """Is the test where the project would keep it, and is nothing but tests added?"""
    path = facts.path
    if not facts.is_inside:
        return refused(GATE, Reason.TEST_MISPLACED, f"The test's path {path!r} leaves the repository.")
    if path.rpartition("/")[2] == "conftest.py" or not facts.is_collected:
        detail = f"The project's test runner would not collect a regression test from {path}."
        return refused(GATE, Reason.TEST_MISPLACED, detail)
    if facts.before is None:
        return passed(GATE, f"The test is the new file {path}.")
    if lost := lost_lines(facts.before, facts.content):
        detail = (
            f"{path} exists, and the test changes or removes lines of it, for example {lost[0].strip()!r}."
        )
        return refused(GATE, Reason.TEST_OVERWRITES, detail)
    return passed(GATE, f"The test is only added to {path}.")


def judge_patch(facts: PatchFacts) -> Gate:
    """Does the patch apply, inside the tree, to plain source files only?"""
    if facts.is_empty:
        return refused(GATE, Reason.PATCH_EMPTY, "The patch changes nothing.")
    if facts.outside:
        detail = f"The patch reaches outside the repository's own files: {listed(facts.outside)}."
        return refused(GATE, Reason.PATCH_LEAVES_TREE, detail)
    if facts.oddities:
        detail = f"The patch does more than change lines of plain files: {listed(facts.oddities)}."
        return refused(GATE, Reason.PATCH_NOT_TEXT, detail)
    if facts.protected:
        detail = f"The patch touches tests, configuration or packaging: {listed(facts.protected)}."
        return refused(GATE, Reason.PATCH_TOUCHES_PROTECTED, detail)
    if facts.error:
        return refused(GATE, Reason.PATCH_DOES_NOT_APPLY, f"The patch does not apply: {facts.error}")
    return passed(GATE, f"The patch changes {listed(facts.paths)}.")


def judge(test: Gate, patch: Gate) -> Gate:
    """Both halves as one answer."""
    failed = [gate for gate in (test, patch) if not gate.passed]
    if failed:
        return refused(GATE, failed[0].reason, " ".join(gate.detail for gate in failed))
    return passed(GATE, f"{test.detail} {patch.detail}")


def lost_lines(before: str, after: str) -> tuple[str, ...]:
    """Lines of `before` that `after` no longer has in their order; imports and blank lines may change."""
    old, new = before.splitlines(), after.splitlines()
    free = _import_lines(old)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    gone = (
        number
        for tag, start, stop, _, _ in matcher.get_opcodes()
        if tag in {"replace", "delete"}
        for number in range(start, stop)
    )
    return tuple(old[number] for number in gone if old[number].strip() and number not in free)


def _import_lines(lines: list[str]) -> frozenset[int]:
    """Indexes of the lines that belong to import statements at the margin."""
    found: set[int] = set()
    is_open = False
    for number, line in enumerate(lines):
        if is_open or re.match(r"(import|from)\s", line):
            found.add(number)
            opens = is_open or line.rstrip().endswith(("(", "{")) or _is_unclosed(line)
            is_open = opens and not re.search(r"[)}]", line)
    return frozenset(found)


def _is_unclosed(line: str) -> bool:
    return line.count("(") > line.count(")")
