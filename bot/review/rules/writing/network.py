"""Stands in for the network in a test: the function that the code asks it with notes its calls."""

from __future__ import annotations

import libcst as cst

from bot.review.reviewers import Placement
from bot.review.rules.writing.invocation import module_name
from bot.review.rules.writing.testfile import block

REQUESTS = frozenset(
    f"{package}.{verb}"
    for package in ("requests", "httpx")
    for verb in ("get", "post", "put", "patch", "delete", "head", "options", "request")
)


def network(call: cst.Call, called: str, placement: Placement) -> tuple[str, tuple[str, ...]]:
    """A fixture `request_made` in the place of what the call calls, and its imports."""
    home, module = module_name(placement)
    is_name = isinstance(call.func, cst.Name)
    target = f'{module}, "{call.func.value}"' if isinstance(call.func, cst.Name) else f'"{called}"'
    fixture = block(
        "@pytest.fixture\ndef request_made(monkeypatch):",
        "Stands in for the network and keeps how it was called.",
        ["made = MagicMock()", f"monkeypatch.setattr({target}, made)", "return made"],
    )
    imports = ("from unittest.mock import MagicMock", "import pytest", *((home,) if is_name else ()))
    return fixture, imports
