"""What a command does not need it does not load: help is there at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"anthropic", "dbos", "flask", "github", "granian", "graphql", "libcst", "pydantic", "sqlalchemy"}


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (("--help",), set()),
        (("review", "--help"), {"pydantic"}),  # what a repository asks for is held to its model
        (("doctor", "--help"), set()),
        (("prove", "--help"), {"pydantic"}),  # a stored proof is held to its schema
    ],
)
def test_help_loads_nothing_heavy(arguments: tuple[str, ...], needed: set[str]):
    """Neither the SDK nor the engine nor the web server, which take seconds and much memory."""
    command = [sys.executable, "-X", "importtime", "-m", "bot", *arguments]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert loaded & HEAVY <= needed
    assert "click" in loaded


def test_help_names_every_command():
    """Each with a sentence, though no command was loaded."""
    done = subprocess.run([sys.executable, "-m", "bot", "--help"], capture_output=True, text=True, check=True)

    lines = done.stdout.partition("Commands:")[2].splitlines()
    rows = [line.split(maxsplit=1) for line in lines if line[2:3].strip()]  # not where a sentence goes on
    assert {"demo", "doctor", "prove", "review", "serve", "worker"} <= {row[0] for row in rows}
    assert all(len(row) == 2 for row in rows)
