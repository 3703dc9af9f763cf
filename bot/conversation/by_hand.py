"""The patches that our comments hold, for who has to apply them: the head is on a fork."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from bot.forge.answers import understood
from bot.forge.markers import find
from bot.publish import texts

_FENCE = re.compile(r"`{3,}")


def patches(comments: Iterable[Any], bot: int, head: str, finding: str) -> list[str]:
    """From `GET pulls/N/comments`: the fixes that our bot's comments show as proven on this head."""
    found: list[str] = []
    with understood("comments"):
        for one in comments:
            marker = find(one["body"]) if (one["user"] or {}).get("id") == bot else None
            if marker and marker.fingerprint and marker.fingerprint.startswith(finding):
                found.append(_patch(one["body"], head))
    return [one for one in found if one]


def _patch(body: str, head: str) -> str:
    """The code block below the patch's own heading, if the proof is of this head; else empty."""
    proven, heading = False, ""
    for line, block in _blocks(body):
        proven = proven or line.startswith(texts.proven_on(head))
        if line.startswith("<details><summary>"):
            heading = line
        if block and heading == f"<details><summary>{texts.PATCH}</summary>":
            return block if proven else ""
    return ""


def _blocks(body: str) -> Iterator[tuple[str, str]]:
    """Each line outside of code, and for one that begins a code block, what is in that."""
    lines = iter(body.replace("\r\n", "\n").split("\n"))
    for line in lines:
        opened = _FENCE.match(line)
        held: list[str] = []
        if opened:
            for code in lines:
                if code == opened[0]:
                    break
                held.append(f"{code}\n")
        yield line, "".join(held)
