"""`suture config`: what is wrong in a configuration, before it is on a base branch."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bot.config.read import read_place
from bot.publish.neutral import visible


@click.group(name="config")
def command() -> None:
    """Look at files that say what is asked of Suture."""


@command.command()
@click.argument("place", type=click.Path(path_type=Path), default=Path())
def check(place: Path) -> None:
    """Read a repository's .github/suture.yml and rule files as they lie in the folder PLACE.

    Or a file: one that is called PLACE/.github/suture.yml is a repository's, any other an organisation's or
    the operator's. Which models the operator allows, and what is locked elsewhere, is not known here.

    Exit code: 0 nothing is wrong, 1 something is, 2 there is no such file.
    """
    layer = read_place(place)
    for one in layer.problems:
        where = f"{one.path}:{one.line}" if one.line else one.path
        click.echo(visible(f"{where}: {one.what}"))
    if not layer.problems:
        click.echo(f"Nothing is wrong in {visible(layer.file)}.")
    sys.exit(1 if layer.problems else 0)
