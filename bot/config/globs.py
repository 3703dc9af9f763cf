"""Patterns of paths: `*` within a name, `**` for any number of folders. Hostile ones cost little time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

MOST_DEEP = 4  # of `**` in one pattern


def why_not(pattern: str) -> str:
    """What is wrong with a pattern; "" when it can be used."""
    if not pattern or pattern.startswith("/") or "\\" in pattern:
        return "a pattern is relative to the repository's root and has forward slashes"
    if any(sign in pattern for sign in "?[]{}") or pattern.startswith("!"):
        return "a pattern has `*` and `**` only: no `?`, no sets, no braces, no `!`"
    parts = pattern.split("/")
    if ".." in parts or "." in parts or "" in parts[:-1]:
        return "a pattern has no `.`, `..` or empty folders"
    if any("**" in part and part != "**" for part in parts) or parts.count("**") > MOST_DEEP:
        return f"`**` stands for whole folders, alone between slashes, at most {MOST_DEEP} times"
    return ""


def matches(pattern: str, path: str) -> bool:
    """Whether the pattern names this file; one that ends with a slash names all that is in the folder."""
    parts = (pattern + "**" if pattern.endswith("/") else pattern).split("/")
    reached = set(_onward(parts, 0))
    for name in path.split("/"):
        reached = {
            further
            for place in reached
            if place < len(parts) and (parts[place] == "**" or _names(parts[place], name))
            for further in _onward(parts, place if parts[place] == "**" else place + 1)
        }
    return len(parts) in reached


def folder_of(pattern: str) -> str:
    """The deepest folder that holds all the pattern can name; "." for the root."""
    folders = pattern.split("/")[:-1]
    plain = next((number for number, part in enumerate(folders) if "*" in part), len(folders))
    return str(PurePosixPath(*folders[:plain]))


def _onward(parts: list[str], place: int) -> Iterator[int]:
    """The place, and those behind it that are reached by letting `**` stand for no folder."""
    yield place
    while place < len(parts) and parts[place] == "**":
        place += 1
        yield place


def _names(pattern: str, name: str) -> bool:
    """Whether the pieces between the stars stand in the name, in this order."""
    first, *rest = pattern.split("*")
    if not rest:
        return name == pattern
    *inner, last = rest
    place = len(first)
    for piece in inner:
        found = name.find(piece, place)
        if found < 0:
            return False
        place = found + len(piece)
    return name.startswith(first) and name.endswith(last) and len(name) - len(last) >= place
