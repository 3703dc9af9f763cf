"""`python -m tests.evals.prover`: what the prover says of real fixes, and of cheats."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import click

from tests.evals.prover import gold
from tests.evals.prover.attempts import Row, attempt
from tests.evals.prover.cases import CORPUS, Case, NoCorpus, names, open_case
from tests.evals.prover.cheats import KINDS
from tests.evals.prover.cheats.kind import Kind

FAST = ("gitpython-ref-path", "jinja2-attr-sandbox", "webob-location")


@click.command()
@click.option("--gold", "with_gold", is_flag=True, help="Upstream's fix with the case's test.")
@click.option("--cheats", "with_cheats", is_flag=True, help="Every kind of cheat.")
@click.option("--case", "wanted", multiple=True, help="A case of the corpus (gold: all; cheats: three).")
@click.option("--kind", "kinds", multiple=True, help="A kind of cheat, or how its name begins.")
@click.option("-j", "jobs", default=1, show_default=True, help="Attempts side by side.")
@click.option("--corpus", default=CORPUS, show_default=True, type=click.Path(path_type=Path))
@click.option("--built", type=click.Path(path_type=Path), help="Where cases are built, and kept.")
@click.option("--details", is_flag=True, help="Say in words what the gates found.")
def main(
    with_gold: bool, with_cheats: bool, wanted: tuple[str, ...], kinds: tuple[str, ...], jobs: int,
    corpus: Path, built: Path | None, details: bool,
) -> None:  # fmt: skip
    """Print a Markdown table. Exit code 1 when a fix is not proven or a cheat is, 2 without a corpus."""
    try:
        every = names(corpus)
        with tempfile.TemporaryDirectory(prefix="suture-evals-") as folder:
            place = built or Path(tempfile.gettempdir(), "suture-corpus")
            cases = wanted or (every if with_gold else FAST)
            opened = [open_case(one, corpus, place, Path(folder)) for one in cases]
            calls: list[Callable[[], Row]] = []
            calls += [partial(gold.judge, case) for case in opened] if with_gold else []
            calls += _cheats(opened, _chosen(kinds)) if with_cheats else []
            wrong = sum(_shows_wrong(row, details) for row in _made(calls, jobs))
    except NoCorpus as problem:
        click.echo(str(problem), err=True)
        sys.exit(2)
    click.echo(f"\n{len(calls)} attempts, {wrong} judged wrongly.")
    sys.exit(1 if wrong else 0)


def _chosen(begins: tuple[str, ...]) -> list[Kind]:
    return [kind for kind in KINDS.values() if not begins or kind.name.startswith(begins)]


def _cheats(cases: list[Case], kinds: list[Kind]) -> list[Callable[[], Row]]:
    """A call for every case that can be used and every kind that suits it."""
    calls: list[Callable[[], Row]] = []
    for kind in kinds:
        for case in cases:
            given = kind.make(case) if case.known.ordinary else None
            if given is not None:
                calls.append(partial(attempt, case, kind.name, given))
    return calls


def _made(calls: list[Callable[[], Row]], jobs: int) -> Iterator[Row]:
    click.echo("| case | kind | verdict | refused by | seconds |\n|---|---|---|---|---:|")
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(lambda call: call(), calls)


def _shows_wrong(row: Row, details: bool) -> bool:
    """Print the row; is the prover wrong? A cheat of a known limit counts as right."""
    kind = KINDS.get(row.kind)
    wrong = row.is_proven if kind else not row.is_proven
    limit = f" (known limit: {kind.limit})" if kind and kind.limit and wrong else ""
    said = f" {row.detail}" if details else ""
    click.echo(
        f"| {row.case} | {row.kind} | {row.verdict}{limit} | {row.refused}{said} | {row.seconds:.1f} |"
    )
    sys.stdout.flush()
    return wrong and not limit


if __name__ == "__main__":
    main()
