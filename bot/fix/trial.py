"""Tries each hunk of a patch: what turns red without it, and what turns green by it alone (gate G8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bot.fix.hunks import Hunk
from bot.gates import how_it_ended, needed, pass_to_pass
from bot.gates.needed import Tried
from bot.records import RegressionTest, Run
from bot.regression.lab import Bench, side_by_side
from bot.regression.trees import scratch_copy, write_file
from bot.regression.watch import run_test


@dataclass(frozen=True, slots=True)
class Trees:
    """The head and the head with the patch, and the test that tells them apart."""

    head: Path  # without the test
    fixed: Path  # with it
    test: RegressionTest
    ids: tuple[str, ...]  # of the new tests
    red: tuple[str, ...]  # of these, the red ones; () when they are not known, for the head hung
    usual: Run | None


def try_hunks(
    hunks: tuple[Hunk, ...], trees: Trees, bench: Bench
) -> tuple[tuple[Tried, ...], tuple[Run, ...]]:
    """What was seen of each hunk, in order, and the runs. A patch of one hunk is needed without a run."""
    real = tuple(hunk for hunk in hunks if not hunk.is_neutral)
    if len(real) < 2:
        return tuple(Tried(one.name, one.is_neutral, has_part=not one.is_unused) for one in hunks), ()
    without = side_by_side([partial(_run_without, hunk, trees, bench) for hunk in real])
    answers = {one: needed.without(run, trees.ids) for one, run in zip(real, without, strict=True)}
    unknown = {
        one: how_it_ended(run, is_brief=True)
        for one, run in zip(real, without, strict=True)
        if answers[one] is None
    }
    idle = tuple(one for one in real if answers[one] is False)
    alone = side_by_side([partial(_run_alone, hunk, trees, bench) for hunk in idle]) if trees.red else ()
    if alone:
        seen = [needed.alone(run, trees.red) for run in alone]
        idle = tuple(hunk for hunk, helps in zip(idle, seen, strict=True) if not helps)
    idle = tuple(hunk for hunk in idle if not _is_parallel(hunk, real, idle))
    missed, more = _missed_by_others(idle, trees, bench) if idle else (frozenset[Hunk](), ())
    idle = tuple(one for one in idle if one not in missed)
    tried = tuple(
        Tried(one.name, one.is_neutral, _has_part(one, idle, unknown), unknown.get(one, "")) for one in hunks
    )
    return tried, (*without, *alone, *more)


def _has_part(hunk: Hunk, idle: tuple[Hunk, ...], unknown: Mapping[Hunk, str]) -> bool:
    return hunk not in idle and hunk not in unknown and not hunk.is_unused


def _is_parallel(hunk: Hunk, real: tuple[Hunk, ...], idle: tuple[Hunk, ...]) -> bool:
    """Does it exchange only what hunks with a part in the patch exchange as well?"""
    theirs = {pair for one in real if one not in idle for pair in one.replacements}
    return bool(hunk.replacements) and hunk.replacements <= theirs


def _run_without(hunk: Hunk, trees: Trees, bench: Bench) -> Run:
    with _changed(trees.fixed, hunk.without) as tree:
        return _named(run_test(trees.test, "fixed", tree, bench, trees.usual), f"without {hunk.name}")


def _run_alone(hunk: Hunk, trees: Trees, bench: Bench) -> Run:
    with _changed(trees.head, hunk.alone) as tree:
        write_file(tree, trees.test.path, trees.test.content)
        return _named(run_test(trees.test, "head", tree, bench, trees.usual), f"with {hunk.name} only")


def _missed_by_others(
    idle: tuple[Hunk, ...], trees: Trees, bench: Bench
) -> tuple[frozenset[Hunk], tuple[Run, ...]]:
    """The hunks without which a test of the repository breaks that passes with the whole patch."""
    paths = tuple(dict.fromkeys(block.path for one in idle for block in one.blocks))
    affected = tuple(
        one for one in bench.language.affected_tests(paths, trees.head) if one != trees.test.path
    )
    if not affected:
        return frozenset(), ()
    calls: list[Callable[[], Run]] = [partial(bench.run_existing, "fixed", trees.fixed, affected)]
    calls += [partial(_run_affected, hunk, affected, trees, bench) for hunk in idle]
    whole, *others = side_by_side(calls)
    missed = frozenset(
        hunk for hunk, run in zip(idle, others, strict=True) if pass_to_pass.regressed(whole, run)
    )
    return missed, (whole, *others)


def _run_affected(hunk: Hunk, affected: tuple[str, ...], trees: Trees, bench: Bench) -> Run:
    with _changed(trees.fixed, hunk.without) as tree:
        return _named(bench.run_existing("fixed", tree, affected), f"without {hunk.name}")


def _named(run: Run, conditions: str) -> Run:
    return replace(run, conditions=conditions)


@contextmanager
def _changed(tree: Path, contents: Mapping[str, str | None]) -> Iterator[Path]:
    """A scratch copy with these contents; None takes the file away."""
    with scratch_copy(tree) as copy:
        for path, content in contents.items():
            if content is None:
                (copy / path).unlink(missing_ok=True)
            else:
                write_file(copy, path, content)
        yield copy
