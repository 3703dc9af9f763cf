"""The functions, types and imports of a file in other languages than Python, by tree-sitter's grammars.

The text is hostile and the grammars are C: they run in a process of their own, with little time and memory
and none of this one's environment. When that breaks, nothing is known of the file's syntax.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from bot.review.claude.syntax.grammars import GRAMMARS

SECONDS = 4  # of processor time for one file
_KEPT = 256  # files; each stage of a review shows them anew


@dataclass(frozen=True, slots=True)
class Block:
    """A function or a type on lines `start`..`end`, of which `line`..`header` name it."""

    name: str  # "" where it has none
    start: int
    end: int
    line: int
    header: int
    is_function: bool


@dataclass(frozen=True, slots=True)
class Syntax:
    """What is known of a file: its blocks, the outer one first, and the lines of its imports."""

    blocks: tuple[Block, ...]
    imports: tuple[tuple[int, int], ...]


def read_syntax(path: str, lines: Sequence[str], seconds: int = SECONDS) -> Syntax | None:
    """The file's syntax; None in an unknown language, and when the grammar fails or takes too long.

    What a grammar does not understand it passes over.
    """
    suffix = PurePosixPath(path).suffix.lower()
    if suffix not in GRAMMARS:
        return None
    text = "\n".join(line.replace("\r", " ") for line in lines).removeprefix("\ufeff")
    return _read(suffix, text, seconds)


@lru_cache(_KEPT)
def _read(suffix: str, text: str, seconds: int) -> Syntax | None:
    command = [sys.executable, "-I", "-m", "bot.review.claude.syntax.child", suffix, str(seconds)]
    try:
        done = subprocess.run(
            command,
            input=text.encode("utf-8", "replace"),
            capture_output=True,
            check=True,
            env={},
            timeout=10 * seconds,
        )
        said = json.loads(done.stdout)
    except (subprocess.SubprocessError, OSError, ValueError):
        return None
    blocks = sorted((Block(*one) for one in said["blocks"]), key=lambda one: (one.start, -one.end))
    return Syntax(tuple(blocks), tuple(sorted({(first, last) for first, last in said["imports"]})))
