"""`suture migrate`: make or update the database's tables, and end. A server that starts does so by itself."""

from __future__ import annotations

import click

from bot.jobs.engine import migrate
from bot.settings import read_settings


@click.command(name="migrate")
def command() -> None:
    """Make or update the database's tables. For a step of its own before an upgrade; harmless at any time."""
    migrate(read_settings())
    click.echo("suture: the database is up to date.")
