"""What all tests share."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.contracts.fetch import GRAPHQL, OPENAPI

settings.register_profile("house", deadline=None)  # no test asserts on time
settings.load_profile("house")

pytest_plugins = ["tests.fakes.databases"]
collect_ignore = ["cases"]  # repositories under review, with tests of their own


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say so, however quiet the run, when calls to GitHub were held to less than GitHub's descriptions."""
    absent = [one.file.name for one in (OPENAPI, GRAPHQL) if not one.file.is_file()]
    if absent:
        terminalreporter.write_sep("=", "GitHub's descriptions are missing", yellow=True)
        terminalreporter.write_line(
            f"Not there: {', '.join(absent)}. Calls to GitHub were checked by the stand-in's own rules only; "
            "run `python -m tests.contracts.fetch` to have them held against GitHub's."
        )
