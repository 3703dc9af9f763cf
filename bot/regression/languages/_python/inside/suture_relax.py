"""The project's options for pytest, and what is left out of them when pytest does not start with them."""

from __future__ import annotations

import re
import shlex

ABSENT = re.compile(r'Error (?:importing|while loading) plugin "([^"]+)"')
UNKNOWN = re.compile(r"unrecognized arguments: (.*)")
WARNINGS = ("-W", "--pythonwarnings")


class Options:
    """`words` are the project's addopts; None for those in its configuration as they stand there."""

    def __init__(self, words: list[str], is_changed: bool) -> None:
        self._words, self._is_changed = words, is_changed
        self._is_calm = False
        self.notes: list[str] = []

    def arguments(self) -> list[str]:
        """What to tell pytest in place of the configuration; nothing when that can stay as it is."""
        told = ["-o", f"addopts={shlex.join(self._words)}"] if self._is_changed else []
        return [*told, "-o", "filterwarnings=", "-o", "required_plugins="] if self._is_calm else told

    def relax(self, heard: str) -> bool:
        """Leave out what pytest complained of in `heard`, else the next thing it may stumble over."""
        found = UNKNOWN.search(heard)
        if found and self.drop(found[1].split()):
            return True
        absent = ABSENT.search(heard)
        without = _without_plugin(self._words, absent[1]) if absent else self._words
        if absent and without != self._words:
            self._keep(without)
            self.notes.append(f"without -p {absent[1]}, which cannot be loaded here")
            return True
        return self.calm("pytest does not start with them") or self._bare()

    def drop(self, names: list[str]) -> bool:
        """Leave out these options; is any of them among the project's?"""
        known = [one for one in self._words if one in names or one.partition("=")[0] in names]
        if known:
            self._keep([one for one in self._words if one not in known])
            self.notes.append(f"without {' '.join(known)}, which pytest does not know here")
        return bool(known)

    def calm(self, why: str) -> bool:
        """Have warnings be no errors, and no plugin be required."""
        if self._is_calm:
            return False
        self._is_calm = True
        self._keep(_without_warnings(self._words))
        self.notes.append(f"without the project's filters of warnings and required plugins: {why}")
        return True

    def _bare(self) -> bool:
        if not self._words:
            return False
        self._keep([])
        self.notes.append("without the project's own options: pytest does not start with them")
        return True

    def _keep(self, words: list[str]) -> None:
        self._is_changed = self._is_changed or words != self._words
        self._words = words


def _without_plugin(words: list[str], name: str) -> list[str]:
    kept: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "-p" and rest[:1] == [name]:
            rest.pop(0)
        elif word != f"-p{name}":
            kept.append(word)
    return kept


def _without_warnings(words: list[str]) -> list[str]:
    kept: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word in WARNINGS:
            del rest[:1]
        elif not word.startswith(("-W", "--pythonwarnings=")) and word != "--strict-config":
            kept.append(word)
    return kept
