"""An existing test of the project, shown so that a new one is written as the project writes its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

from bot.review.claude.slices import parse_source
from bot.review.claude.sources import files_in, read_source

MAX_CHARACTERS = 5_000
MOST_TESTS = 500  # that are compared
TELLING = 4  # letters of a file's name that are worth counting
_TEST = re.compile(r"(test_.*|.*_test|tests)\.py")


def find_example(tree: Path, source_path: str, placement_path: str) -> tuple[str, str] | None:
    """Path and beginning of the test file nearest to the finding's file; None when there are no tests.

    Nearest is the file that is named after it, then the one that speaks of it most.
    """
    stem = PurePosixPath(source_path).stem.strip("_")
    folder = str(PurePosixPath(placement_path).parent)

    def nearness(path: str) -> tuple[bool, bool, int, bool, int, str]:
        here = PurePosixPath(path)
        named = here.stem in {f"test_{stem}", f"{stem}_test"}
        spoken = 0 if named or len(stem) < TELLING else (read_source(tree, path) or "").count(stem)
        return not named, stem not in here.stem, -spoken, str(here.parent) != folder, len(here.parts), path

    for path in sorted(islice(_test_files(tree), MOST_TESTS), key=nearness):
        text = read_source(tree, path)
        if text and "def test" in text:
            return path, beginning(text, path)
    return None


def beginning(text: str, path: str) -> str:
    """The head of a test file up to the end of its first test, within the limit."""
    source = parse_source(path, text)
    match = re.search(r"^ *(async )?def test", text, re.MULTILINE)
    if match is None:
        return text[:MAX_CHARACTERS]
    first = text.count("\n", 0, match.start())
    indent = len(match[0]) - len(match[0].lstrip())
    end = first + 1
    while end < len(source.lines) and (not (line := source.lines[end]).strip() or _indent(line) > indent):
        end += 1
    shown = "\n".join(source.lines[:end]).rstrip()
    if len(shown) <= MAX_CHARACTERS:
        return shown
    half = MAX_CHARACTERS // 2
    return shown[:half] + "\n[…]\n" + shown[-half:]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _test_files(tree: Path) -> Iterator[str]:
    return (path for path in files_in(tree) if _TEST.fullmatch(path.rpartition("/")[2]))
