"""Files that the configuration leaves out of the review."""

from __future__ import annotations

from dataclasses import replace

from bot.config import Config
from bot.config.globs import matches
from bot.records import Change, NotReviewed


def without_ignored(change: Change, config: Config) -> Change:
    """The change without them; each is listed as not reviewed, with who left it out and where.

    That holds too for files that were out of the review for a reason of their own: it says who decided.
    """
    found = [(path, why_ignored(path, config)) for path in (one.path for one in change.files)]
    asked = {path: why for path, why in found if why}
    known = tuple(
        NotReviewed(one.path, why, in_scope=False, asked=True)
        if one.in_scope and (why := why_ignored(one.path, config))
        else one
        for one in change.not_reviewed
    )
    left_out = tuple(NotReviewed(path, why, in_scope=False, asked=True) for path, why in asked.items())
    files = tuple(one for one in change.files if one.path not in asked)
    return replace(change, files=files, not_reviewed=known + left_out)


def why_ignored(path: str, config: Config) -> str:
    """Who leaves this file out, and where that is written; empty for a file that is reviewed."""
    placed = next((one for one in config.ignore if matches(one.entry, path)), None)
    if placed is None:
        return ""
    return f"It is left out as {placed.who} asks ({placed.path} line {placed.line})."
