"""The pages of the stand-in, as a person would see them."""

from __future__ import annotations

from bot.demo.github.calls import Answer, not_found
from bot.demo.github.state import GitHub


def show(state: GitHub, path: str) -> Answer:
    """The page at `path`. Raises ApiError (404)."""
    raise not_found()
