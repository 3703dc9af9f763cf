"""Shows on the terminal which step of a job is being carried out."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from rich.console import Console

T = TypeVar("T")

WORDS = {
    "collect": "Reading the change",
    "review": "Reviewing the changed hunks",
    "reproduce": "Writing a regression test and running it on the head",
    "fix": "Writing a fix and running the test with it",
    "prove": "Proving the fix in clean trees",
    "variants": "Looking for the same pattern elsewhere",
    "publish": "Publishing",
}


class ShownStep:
    """A `Step` that carries out at once and prints each step with its seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, name: str, act: Callable[[], T]) -> T:
        kind, _, key = name.partition(" ")
        words = WORDS.get(kind, kind) + (f" [dim]({key})[/]" if key else "")
        started = time.monotonic()
        with self._console.status(words):
            result = act()
        self._console.print(f"[green]✓[/] {words} [dim]{time.monotonic() - started:.1f} s[/]")
        return result
