"""`suture review`: review a range of a local git repository, with the same pipeline as the App."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import click
from rich.console import Console
from rich.markup import escape

from bot.assembly import build_panel, local_lab
from bot.budget import Purse
from bot.config.read import read_host
from bot.environments import Environment
from bot.environments.asked import Extendable, Maker
from bot.errors import InputError
from bot.forge.local import LocalForge, default_base, staged_change
from bot.house import House
from bot.pipeline import run
from bot.progress import ShownStep
from bot.publish.local import LocalPublisher
from bot.publish.outputs import json_report, markdown, sarif, terminal, workflow_commands
from bot.records import Conclusion, Outcome, Severity, Verdict
from bot.regression.lab import Lab
from bot.settings import read_settings

WIDTH = 110  # of the rules in a report that no terminal shows
RENDERERS: dict[str, Callable[[Outcome], str]] = {
    "json": json_report.render,
    "sarif": sarif.render,
    "markdown": markdown.render,
    "github": workflow_commands.render,
}
FORMATS = ("text", *RENDERERS)


class Also(click.ParamType):  # type: ignore[type-arg]  # click has had the argument only since 8.4
    """FORMAT=FILE: a report besides the one that is printed."""

    name = "format=file"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Path]:
        form, _, file = str(value).partition("=")
        if form not in FORMATS or not file:
            self.fail(f"{value!r} is not FORMAT=FILE with one of {', '.join(FORMATS)}.", param, ctx)
        return form, Path(file)


@click.command(name="review")
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@click.option("--base", help="What the head is compared with (default: the main branch).")
@click.option("--head", help="The last commit of the range (default: HEAD).")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Write the report here instead of to stdout.")
@click.option("--also", type=Also(), multiple=True, help="Write a report in this format to this file, too.")
@click.option("--staged", is_flag=True, help="Review what is staged against the last commit instead.")
@click.option(
    "--reviewer", type=click.Choice(["auto", "claude", "rules"]), help="Default: auto, or SUTURE_REVIEWER."
)
@click.option(
    "--python", help="Interpreter that runs the repository's tests (default: the active environment)."
)
@click.option(
    "--fail-on",
    type=click.Choice([*map(str, Severity), "never"]),
    default=str(Severity.LOW),
    show_default=True,
    help="Exit with 1 for a finding of at least this severity.",
)
def command(
    path: Path,
    base: str | None,
    head: str | None,
    form: str,
    output: Path | None,
    also: tuple[tuple[str, Path], ...],
    staged: bool,
    reviewer: str | None,
    python: str | None,
    fail_on: str,
) -> None:
    """Review the commits of PATH (a git repository) between a base and a head.

    Exit code: 0 clean, 1 findings at or above --fail-on, 2 not fully reviewed, or failed.
    """
    if staged and (base or head):
        raise click.UsageError("--staged is a range of its own: leave --base and --head out.")
    settings = read_settings()
    if reviewer:
        settings = replace(settings, reviewer=reviewer)
    progress = Console(stderr=True, soft_wrap=True)
    purse = Purse(budget=settings.budget)
    house = House(
        forge=staged_change(path) if staged else LocalForge(path, base or default_base(path), head or "HEAD"),
        panel=build_panel(settings).paying_from(purse),
        lab=_telling(local_lab(settings, path, python), progress),
        publisher=LocalPublisher(),
        purse=purse,
        host=read_host(settings),
    )
    outcome = run(house, ShownStep(progress))
    for one in ((form, output), *also):
        try:
            _write(outcome, *one)
        except OSError as problem:
            raise InputError(f"The report cannot be written to {one[1]}: {problem.strerror}.") from problem
    sys.exit(exit_code(outcome, fail_on))


def _telling(lab: Lab, progress: Console) -> Lab:
    """The lab, saying which environment it takes."""

    return replace(lab, environment_for=_Telling(lab.environment_for, progress))


@dataclass(frozen=True, slots=True)
class _Telling:
    maker: Maker
    progress: Console

    def __call__(self, tree: Path) -> Environment:
        environment = self.maker(tree)
        self.progress.print(f"[green]✓[/] Environment: {escape(environment.label)}", highlight=False)
        return environment

    def with_more(self, packages: tuple[str, ...], python: str) -> Maker:
        if not isinstance(self.maker, Extendable):
            return self
        return replace(self, maker=self.maker.with_more(packages, python))


def exit_code(outcome: Outcome, fail_on: str) -> int:
    """1 for shown findings at or above `fail_on` ("never" for none), else 2 for gaps or a failure, else 0."""
    shown = [one.finding.severity for one in outcome.examined if one.verdict is not Verdict.UNPROVEN]
    if fail_on != "never" and any(severity.rank >= Severity(fail_on).rank for severity in shown):
        return 1
    whole = outcome.conclusion in {Conclusion.CLEAN, Conclusion.FINDINGS} and not outcome.left_open
    return 0 if whole else 2


def _write(outcome: Outcome, form: str, output: Path | None) -> None:
    if form == "text":
        if output is None:
            terminal.render(outcome, Console() if sys.stdout.isatty() else _unwrapped(sys.stdout))
            return
        with output.open("w", encoding="utf-8") as file:
            terminal.render(outcome, _unwrapped(file))
        return
    text = RENDERERS[form](outcome)
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")


def _unwrapped(file: TextIO) -> Console:
    """For what no terminal shows: a sentence is one line."""
    return Console(file=file, width=WIDTH, soft_wrap=True)
