"""Replacements of text that a model asks for: made exactly where they are meant, or refused."""

from __future__ import annotations

from pathlib import Path

from bot.records import Edit
from bot.review.claude.schema import MalformedReply, SaidEdit
from bot.review.claude.sources import read_source


def checked_edit(said: SaidEdit, tree: Path) -> Edit:
    """The edit, if it can be made. Line ends follow the file's. Raises MalformedReply."""
    text = read_source(tree, said.path)
    if text is None:
        raise MalformedReply(f"{said.path}: there is no such text file in the repository")
    old, new = said.old, said.new
    if "\r\n" in text and "\r" not in old:
        old, new = old.replace("\n", "\r\n"), new.replace("\n", "\r\n")
    count = text.count(old)
    if count != 1:
        raise MalformedReply(
            f"{said.path}: the old text stands {count} times in the file, it has to stand once"
        )
    if old == new:
        raise MalformedReply(f"{said.path}: old and new text are the same")
    return Edit(said.path, old, new)
