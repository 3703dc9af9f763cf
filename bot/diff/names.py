"""File names as git writes them in the header of a diff: prefixed, and quoted where they are odd."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.errors import InputError

_ESCAPE = re.compile(rb'\\([0-7]{3}|[abtnvfr"\\])')
_LETTERS = dict(zip(b'abtnvfr"\\', b'\a\b\t\n\v\f\r"\\', strict=True))


def unquote(name: str) -> str:
    """The real name behind git's quoting (`"a/\\303\\244"`); a name without quotes comes back as it is."""
    if not (len(name) >= 2 and name.startswith('"') and name.endswith('"')):
        return name

    def plain(match: re.Match[bytes]) -> bytes:
        code = match[1]
        return bytes([int(code, 8) & 255 if len(code) == 3 else _LETTERS[code[0]]])

    return _ESCAPE.sub(plain, name[1:-1].encode("utf-8", "replace")).decode("utf-8", "replace")


def header_paths(header: Sequence[str]) -> tuple[str, str]:
    """The old and the new path of a file, from its lines before the first hunk. Raises InputError."""
    named: dict[str, str] = {}
    for line in header[1:]:
        for start in ("rename from ", "rename to ", "copy from ", "copy to ", "--- ", "+++ "):
            if line.startswith(start):
                # A tab ends a name with blanks in it, on the lines with --- and +++.
                named.setdefault(start, unquote(line.removeprefix(start).split("\t")[0]))
    old = named.get("rename from ") or named.get("copy from ")
    new = named.get("rename to ") or named.get("copy to ")
    if old and new:
        return old, new
    if "--- " in named and "+++ " in named:
        return _both(named["--- "], named["+++ "])
    return _from_first_line(header[0])


def _both(old: str, new: str) -> tuple[str, str]:
    left = new if old == "/dev/null" else old
    right = old if new == "/dev/null" else new
    return left.partition("/")[2], right.partition("/")[2]


def _from_first_line(line: str) -> tuple[str, str]:
    """From `diff --git a/NAME b/NAME`: both names are equal here, so the middle is known, blanks or not."""
    rest = line.removeprefix("diff --git ").rstrip("\r")
    middle = len(rest) // 2
    old, new = unquote(rest[:middle]), unquote(rest[middle + 1 :])
    if old[:2] != "a/" or new[:2] != "b/" or old[2:] != new[2:] or not old[2:]:
        raise InputError(f"The diff names a file in a way that cannot be read: {line[:200]!r}.")
    return old[2:], new[2:]
