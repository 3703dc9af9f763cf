"""Options of plugins that this environment lacks: pytest would not start for them."""

from __future__ import annotations

import argparse
from typing import Any

import pytest


def known_options(parser: Any) -> set[str]:
    """The names that pytest's parser knows: up to pytest 8 they wait in groups, later in argparse's own."""
    groups = [*getattr(parser, "_groups", ()), getattr(parser, "_anonymous", None)]
    names = {name for group in groups if group is not None for one in group.options for name in one.names()}
    return names | set(getattr(getattr(parser, "optparser", None), "_option_string_actions", ()))


class Options:
    """Makes pytest take the named long options, and do nothing for them, where nobody else knows them."""

    def __init__(self, names: list[str], record: Any) -> None:
        self._names, self._record = names, record

    @pytest.hookimpl(hookwrapper=True)
    def pytest_load_initial_conftests(self, early_config: Any) -> Any:
        """By now the plugins and the first conftests have told their options; the last parse is to come."""
        yield
        parser = early_config._parser  # noqa: SLF001  there is no other way to it
        taken = []
        for number, name in enumerate(sorted(set(self._names) - known_options(parser))):
            try:
                parser.addoption(name, nargs="?", dest=f"suture_{number}")
            except (ValueError, argparse.ArgumentError):
                continue  # it is known after all
            taken.append(name)
        if taken:
            self._record.write({"taken": taken})
