"""What was seen, for a person and for a program. No secret gets into either."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from rich.console import Console
from rich.text import Text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot import __version__
from bot.doctor import Level, Line
from bot.settings import Secret, Settings

SCHEMA = "suture.doctor/v1"
_MARKS = {
    Level.OK: ("✓", "green"),
    Level.WARNING: ("!", "yellow"),
    Level.PROBLEM: ("✗", "red"),
    Level.SKIPPED: ("–", "dim"),
    Level.FAILED: ("?", "magenta"),
}
_HEADINGS = {"settings": "Settings", "github": "GitHub", "machine": "This machine", "model": "Model"}
_INDENT = " " * 4
_SHORTEST = 6  # a shorter secret would blot out innocent words


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """Everything in the settings that may not be shown, the longest first."""
    held = [getattr(settings, one.name) for one in fields(settings)]
    flat = [one for value in held for one in (value if isinstance(value, tuple) else (value,))]
    found = [one.reveal() for one in flat if isinstance(one, Secret)]
    secret_words = ("KEY", "TOKEN", "SECRET")
    found += [
        value for name, value in settings.inherited.items() if any(word in name for word in secret_words)
    ]
    try:
        found.append(str(make_url(settings.database).password or ""))
    except ArgumentError:
        found.append(settings.database_url)
    return tuple(sorted((one for one in found if len(one) >= _SHORTEST), key=len, reverse=True))


def blot(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets."""
    for one in secrets:
        text = text.replace(one, "…")
    return text


def conclusion(lines: Sequence[Line]) -> Level:
    """The gravest of what was seen."""
    levels = {line.result.level for line in lines}
    return next((one for one in (Level.PROBLEM, Level.FAILED, Level.WARNING) if one in levels), Level.OK)


def document(lines: Sequence[Line], secrets: Sequence[str]) -> str:
    """As JSON, by the schema of its name."""
    checks: list[dict[str, Any]] = [
        {
            "check": line.check,
            "group": line.group,
            "level": line.result.level.value,
            "what": blot(line.result.what, secrets),
            "fix": blot(line.result.fix, secrets),
        }
        for line in lines
    ]
    whole = {
        "schema": SCHEMA,
        "suture": __version__,
        "conclusion": conclusion(lines).value,
        "checks": checks,
    }
    return json.dumps(whole, indent=2, ensure_ascii=False)


class Paper:
    """Writes the lines for a person, as they come."""

    def __init__(self, console: Console, secrets: Sequence[str]) -> None:
        self._console = console
        self._secrets = secrets
        self._group = ""

    def add(self, line: Line) -> None:
        """One line, below its group's heading."""
        if line.group != self._group:
            self._group = line.group
            self._console.print(Text(f"\n{_HEADINGS[line.group]}", style="bold"))
        mark, style = _MARKS[line.result.level]
        shown = Text.assemble("  ", (mark, style), f" {line.check.replace('_', ' ')}: ")
        shown.append(blot(line.result.what, self._secrets))
        self._wrapped(shown)
        if line.result.fix:
            self._wrapped(Text(f"{_INDENT}→ {blot(line.result.fix, self._secrets)}", style="cyan"))

    def end(self, lines: Sequence[Line]) -> None:
        """How many of each."""
        count = {level: sum(line.result.level is level for line in lines) for level in Level}
        said = f"\n{count[Level.PROBLEM]} problems, {count[Level.WARNING]} warnings"
        unseen = count[Level.SKIPPED] + count[Level.FAILED]
        skipped = f", {unseen} not looked at" if unseen else ""
        self._console.print(Text(said + skipped))

    def _wrapped(self, text: Text) -> None:
        rows = text.wrap(self._console, max(self._console.width - 6, 40))
        for number, row in enumerate(rows):
            self._console.print(Text("      ") + row if number else row, soft_wrap=True)
