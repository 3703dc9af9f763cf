"""Bodies put together of whole sections, so that none outgrows GitHub."""

from __future__ import annotations

from bot.publish.texts import left_out

MOST = 60_000  # characters of one body; GitHub takes 65,536


def fold(parts: list[str], most: int) -> str:
    """The sections one after the other, as many whole ones as fit: never half a fence."""
    kept, room = [], most - 100
    missing = 0
    for part in parts:
        if not part:
            continue
        if len(part) + 2 > room:
            missing += 1
            continue
        kept.append(part)
        room -= len(part) + 2
    if missing:
        kept.append(left_out(missing))
    return "\n\n".join(kept)


def details(title: str, *content: str) -> str:
    """Folded under `title`, which is our own words; the content is Markdown."""
    inside = "\n\n".join(part for part in content if part)
    return f"<details><summary>{title}</summary>\n\n{inside}\n\n</details>"
