"""`suture doctor`: find what keeps the server from working, and say how to mend it."""

from __future__ import annotations

import sys

import click
from rich.console import Console


@click.command(name="doctor")
@click.option("--json", "as_json", is_flag=True, help="For a program: suture.doctor/v1.")
def command(*, as_json: bool) -> None:
    """Look at settings, GitHub, this machine and the model, with the settings that `suture serve` would have.

    Changes nothing, and shows no secret. Exit code: 1 something does not work; else 2 a check broke off; else
    0, also with warnings.
    """
    # They bring much along that --help does not need
    from bot.credentials import load_settings  # noqa: PLC0415
    from bot.doctor import Level, Line, examine, problem  # noqa: PLC0415
    from bot.doctor.report import Paper, conclusion, document, secrets_of  # noqa: PLC0415
    from bot.doctor.site import Site  # noqa: PLC0415
    from bot.errors import SettingsError  # noqa: PLC0415
    from bot.settings import Settings, variables_set  # noqa: PLC0415

    try:
        settings = load_settings()
        found = examine(Site(settings, variables_set()))
    except SettingsError as error:
        settings = Settings()
        fix = "Mend that first: nothing else can be looked at."
        found = [Line("variables", "settings", problem(str(error), fix))]
    secrets = secrets_of(settings)
    paper = None if as_json else Paper(Console(highlight=False), secrets)
    lines = []
    for line in found:
        lines.append(line)
        if paper:
            paper.add(line)
    if paper:
        paper.end(lines)
    else:
        click.echo(document(lines, secrets))
    sys.exit({Level.PROBLEM: 1, Level.FAILED: 2}.get(conclusion(lines), 0))
