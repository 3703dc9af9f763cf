"""The environment a repository's code runs in: found, or built without running its code on the host."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Environment:
    """An interpreter with what the repository needs. Shown to the sandbox read-only."""

    key: str  # same key, same environment
    python: str  # path of the interpreter
    read_only: tuple[Path, ...]  # host paths the sandbox has to show for it to work
    label: str  # one line for people: "interpreter /x/bin/python", "built from requirements.txt"
    variables: tuple[tuple[str, str], ...] = ()  # that tests get, and nothing outside of the sandbox
    options: tuple[str, ...] = ()  # for the test runner, after the project's own
