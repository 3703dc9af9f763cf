"""`python -m tests.evals.review`: measure the whole reviewer on a corpus; a table, a picture and all rows."""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from bot import __version__
from bot.errors import SutureError
from bot.review.claude.client import Client, build_client
from bot.settings import read_settings
from tests.evals.corpus import CORPUS, NoCorpus, build, case_names
from tests.evals.review.live import Live
from tests.evals.review.measure import Plan, measure, tasks_of
from tests.evals.review.picture import picture
from tests.evals.review.program import FORMS
from tests.evals.review.recording import prompt_versions
from tests.evals.review.rows import Row
from tests.evals.review.tables import Setting, markdown, render, show

HERE = Path(__file__).parent
ENDS = ("md", "json", "svg")
WIDTH = 150  # of tables that no terminal shows
README = HERE / "README.md"
MARKS = "<!-- results of {}: written by `python -m tests.evals.review --readme` -->\n", "<!-- end of {} -->\n"


def _words(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
    return tuple(word for one in value.split(",") if (word := one.strip()))


@click.command()
@click.option(
    "--reviewer", type=click.Choice(["claude", "rules", "auto"]), default="claude", show_default=True
)
@click.option("--cases", callback=_words, default="", help="Names, with commas between (default: all).")
@click.option("--forms", callback=_words, default=",".join(FORMS), show_default=True)
@click.option("--corpus", default=CORPUS, show_default=True, type=click.Path(path_type=Path))
@click.option("--python", default=sys.executable, help="For cases without an environment of their own.")
@click.option("--built", type=click.Path(path_type=Path), help="Where cases are built, and kept.")
@click.option("--recordings", default=HERE / "recordings", type=click.Path(path_type=Path))
@click.option(
    "--record", "desk", type=click.Path(path_type=Path), help="Ask people, by files below this folder."
)
@click.option("--live", is_flag=True, help="Ask the service that the environment names, and record.")
@click.option("--samples", default=1, show_default=True, type=click.IntRange(1), help="Looks at each change.")
@click.option("--output", default=Path("build/evals"), show_default=True, type=click.Path(path_type=Path))
@click.option("--readme", is_flag=True, help="Write table and picture into the README beside this file.")
@click.option("-j", "jobs", default=1, show_default=True, help="Reviews side by side.")
def main(
    reviewer: str, cases: tuple[str, ...], forms: tuple[str, ...], corpus: Path, python: str,
    built: Path | None, recordings: Path, desk: Path | None, live: bool, samples: int, output: Path,
    readme: bool, jobs: int,
) -> None:  # fmt: skip
    """Review every form of every case, and print how well that went.

    Exit code: 0 measured, 1 when requests were not recorded or a review failed, 2 without a corpus.
    """
    if unknown := set(forms) - set(FORMS):
        raise click.UsageError(f"There is no form {', '.join(sorted(unknown))}.")
    place = built or Path(tempfile.gettempdir(), "suture-corpus")
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    rows: list[Row] = []
    try:
        plan = Plan(reviewer, recordings, desk, Live(_service()) if live else None, samples)
        ready = [build(name, corpus, place, python) for name in cases or case_names(corpus)]
        with ThreadPoolExecutor(jobs) as pool:
            for row in pool.map(lambda task: measure(task, plan), tasks_of(ready, forms)):
                rows.append(row)
                found = "; ".join(f"{one.fate} {one.cwe} {one.title}" for one in row.told)
                console.print(f"{row.case}, {row.form}: {row.status} {row.note} {found}", markup=False)
                _write(rows, _setting(reviewer), output)
    except (NoCorpus, SutureError) as problem:
        click.echo(str(problem), err=True)
        sys.exit(2)
    show(rows, console)
    if readme:
        _publish(rows, _setting(reviewer))
    sys.exit(0 if all(row.status == "evaluated" for row in rows) else 1)


def _service() -> Client:
    settings = read_settings()
    return build_client(settings.claude_via, settings.inherited)


def _setting(reviewer: str) -> Setting:
    return Setting(reviewer, __version__, prompt_versions(), datetime.now(UTC).date().isoformat())


def _write(rows: list[Row], setting: Setting, folder: Path, ends: tuple[str, ...] = ENDS) -> None:
    """After each row, so that a run that is ended leaves what it measured."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {"md": markdown, "json": render, "svg": picture}
    for end in ends:
        (folder / f"{setting.reviewer}.{end}").write_text(made[end](rows, setting), encoding="utf-8")


def _publish(rows: list[Row], setting: Setting) -> None:
    _write(rows, setting, HERE / "results", ("json", "svg"))
    README.write_text(with_results(README.read_text(encoding="utf-8"), rows, setting), encoding="utf-8")


def with_results(text: str, rows: list[Row], setting: Setting) -> str:
    """The README with this reviewer's results in place of those it had."""
    name = setting.reviewer
    begin, end = (mark.format(name) for mark in MARKS)
    before, rest = text.split(begin)
    tables = markdown(rows, setting, has_legend=False)
    shown = f"\n![Shares of the reviewer {name}](results/{name}.svg)\n\n{tables}\n"
    return before + begin + shown + end + rest.split(end)[1]


if __name__ == "__main__":
    main()
