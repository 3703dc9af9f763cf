"""Runs the new tests again under other conditions, and with the runner's traces hidden (gates G9 and G12)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bot.gates import deterministic, independent, red_ids
from bot.records import Gate, RegressionTest, Run, RunStatus
from bot.regression.lab import Bench, Side
from bot.regression.languages import Conditions
from bot.regression.trees import read_file, scratch_copy, write_file
from bot.regression.watch import run_test

DAY = 86_400.0
# Each differs from the plain run in several ways at once: a test that minds none of them minds none apart
OTHERS = (
    Conditions(hash_seed=1, order="reversed", clock=1.3 * DAY + 1),
    Conditions(hash_seed=3),  # alone
    Conditions(hash_seed=2, order="7", clock=403.6 * DAY, zone="XXX-14"),
    Conditions(hash_seed=4, order="11", zone="YYY+11"),
)
WITH_TIMEOUT = 1  # repeats of a test that is red by its timeout: each takes that long
HIDDEN = Conditions(disguise="all")
CONTROL = Conditions(disguise="nothing")
FALLBACK = Conditions(disguise="all but frames")


@dataclass(frozen=True, slots=True)
class Pair:
    """Both trees with the test in them, and the plain run of each."""

    head: Path
    fixed: Path
    test: RegressionTest
    ids: tuple[str, ...]
    on_head: Run
    on_fixed: Run
    usual: Run | None

    @property
    def is_timed(self) -> bool:
        return self.test.declared is not None and self.test.declared.kind == "timeout"

    def tree(self, side: Side) -> Path:
        return self.head if side == "head" else self.fixed

    def plain(self, side: Side) -> Run:
        return self.on_head if side == "head" else self.on_fixed

    def run(self, side: Side, conditions: Conditions, bench: Bench, selection: tuple[str, ...] = ()) -> Run:
        return run_test(self.test, side, self.tree(side), bench, self.usual, conditions, selection)


def repeats(pair: Pair, bench: Bench) -> list[Callable[[], Run]]:
    """The runs for gate G9: on both sides, whole file and a red test alone."""
    others = OTHERS[:WITH_TIMEOUT] if pair.is_timed else OTHERS
    alone = red_ids(pair.on_head, pair.ids)[:1]
    return [
        partial(pair.run, side, one, bench, () if one.order else alone)
        for one in others
        for side in ("head", "fixed")
    ]


def judge_repeats(pair: Pair, runs: tuple[Run, ...]) -> Gate:
    """Gate G9."""
    first = (pair.on_head, pair.on_fixed)
    return deterministic.judge(first, runs, pair.ids, pair.test.declared)


def judge_text(head: Path, fixed: Path, paths: tuple[str, ...], bench: Bench) -> Gate:
    """Gate G12 as far as the text of the patched files decides it."""
    gates = []
    for path in paths:
        before, after = ((read_file(tree, path) or b"").decode(errors="replace") for tree in (head, fixed))
        gates.append(independent.judge_text(path, bench.language.surroundings(before, after)))
    return next((gate for gate in gates if not gate.passed), independent.judge_text("", ()))


@contextmanager
def respaced(pair: Pair, paths: tuple[str, ...], bench: Bench) -> Iterator[Pair]:
    """The pair on copies whose patched files have other line numbers and sizes, for gate G12."""
    with scratch_copy(pair.head) as head, scratch_copy(pair.fixed) as fixed:
        for tree in (head, fixed):
            for path in paths:
                source = read_file(tree, path)
                if source is not None:
                    text = source.decode("utf-8", "surrogateescape")
                    write_file(tree, path, bench.language.respaced(path, text))
        yield replace(pair, head=head, fixed=fixed)


def hidden_runs(pair: Pair, bench: Bench) -> list[Callable[[], tuple[Run, ...]]]:
    """The runs for gate G12, a side each; a head that hangs is not asked again."""
    sides: tuple[Side, ...] = ("head", "fixed")
    if pair.on_head.status is RunStatus.TIMEOUT or pair.is_timed:
        sides = ("fixed",)
    return [partial(_hidden, side, pair, bench) for side in sides]


def _hidden(side: Side, pair: Pair, bench: Bench) -> tuple[Run, ...]:
    """The run with all hidden; where it differs and the thread alone differs too, the one without a thread.

    Hiding the runner's frames takes a thread, which some code minds. The control has the thread but hides
    nothing: if it differs as well, the thread is to blame and not the hiding.
    """
    hidden = pair.run(side, HIDDEN, bench)
    if not independent.differing(pair.plain(side), hidden, pair.ids):
        return (hidden,)
    control = pair.run(side, CONTROL, bench)
    if not independent.differing(pair.plain(side), control, pair.ids):
        return (control, hidden)
    return (hidden, control, pair.run(side, FALLBACK, bench))


def judge_hidden(pair: Pair, runs: tuple[tuple[Run, ...], ...]) -> Gate:
    """Gate G12: the last run of each side is the one that counts."""
    pairs = tuple((pair.plain(made[-1].tree), made[-1]) for made in runs)
    fell_back = any(made[-1].conditions == str(FALLBACK) for made in runs)
    note = ", but for its frames: hiding them takes a thread, which this code minds" if fell_back else ""
    return independent.judge(pairs, pair.ids, note)
