"""Other orders of the tests than the file's own."""

from __future__ import annotations

import random
from typing import Any

import pytest


class Order:
    """Reverses the collected tests ("reversed"), or shuffles them by the number given as text."""

    def __init__(self, order: str) -> None:
        self._order = order

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        if self._order == "reversed":
            items.reverse()
        else:
            random.Random(int(self._order)).shuffle(items)  # noqa: S311  to be repeatable, not secret
