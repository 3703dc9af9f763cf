"""The command line: `suture NAME`. A new command is one new file in bot/commands that offers `command`."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import sys
from pathlib import Path

import click

import bot.commands
from bot import __version__
from bot.errors import SutureError


class Commands(click.Group):
    """Finds commands by their file's name and imports only the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(module.name for module in pkgutil.iter_modules(bot.commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"bot.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary(name)) for name in self.list_commands(ctx)])


def summary(name: str) -> str:
    """What a command does, from its file's docstring: to import all of them would take seconds."""
    place = Path(next(iter(bot.commands.__path__)), f"{name}.py")
    text = ast.get_docstring(ast.parse(place.read_text(encoding="utf-8"))) or ""
    said = text.partition("\n\n")[0].removeprefix(f"`suture {name}`: ")
    return said[:1].upper() + said[1:]


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="suture")
def suture() -> None:
    """Find security defects in pull requests, fix them, and prove the fix with a test that was run."""


def main() -> None:
    """Entry point. An expected error is one sentence on stderr and exit code 2, never a traceback."""
    try:
        suture()
    except SutureError as error:
        click.echo(f"suture: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
