"""The prompts: `.md` files, each with its version, read once by whoever builds the reviewer."""

from __future__ import annotations

from dataclasses import dataclass, fields
from importlib import resources
from string import Template

from bot.errors import ReviewerError


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt's text; `version` goes up with every change of its words."""

    name: str
    version: int
    text: str

    def fill(self, **values: str) -> str:
        """The text with its `$names` replaced; values are no templates. Raises KeyError for a missing one."""
        return Template(self.text).substitute(values)


@dataclass(frozen=True, slots=True)
class Prompts:
    """All prompts of the reviewer."""

    system: Prompt
    triage: Prompt
    card: Prompt
    review: Prompt
    again: Prompt
    refute: Prompt
    harden: Prompt
    test: Prompt
    second: Prompt
    fix: Prompt
    judge: Prompt
    variants: Prompt
    feedback: Prompt
    malformed: Prompt


def load_prompts() -> Prompts:
    """The prompts that ship with the program. Raises ReviewerError when one has no version."""
    return Prompts(**{field.name: _load(field.name) for field in fields(Prompts)})


def _load(name: str) -> Prompt:
    file = resources.files("bot.review").joinpath("prompts", f"{name}.md")
    head, _, text = file.read_text(encoding="utf-8").partition("\n")
    word, _, number = head.removeprefix("<!--").removesuffix("-->").strip().partition(": ")
    if word != "version" or not number.isdigit():
        raise ReviewerError(f"Prompt {name}.md has to begin with a line like <!-- version: 1 -->.")
    return Prompt(name, int(number), text.strip())
