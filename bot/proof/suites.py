"""Runs the repository's own tests on the head and with the patch, and compares them (gate G10)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from bot.gates import how_it_ended, pass_to_pass
from bot.records import Gate, Run, RunStatus
from bot.regression.lab import Bench

REPEATED = 100  # tests that are run a second time at most: more do not fail by chance
SHORT = 20.0  # seconds; a whole suite that is no longer needs no first look at a part of it


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of the existing tests; the whole suite with an empty selection."""

    selection: tuple[str, ...]
    name: str


def compare_suites(
    head: Path, fixed: Path, paths: tuple[str, ...], bench: Bench
) -> tuple[Gate, tuple[Run, ...]]:
    """Gate G10 and the runs it took.

    The head's runs are shared with other findings. Of a long suite the tests that import the patched files
    come first. A whole suite that does not end within the budget on the head, or breaks off, is replaced by a
    part of it, and the gate says so.
    """
    affected = bench.language.affected_tests(paths, head)
    part, runs = _largest_part_that_ends(head, _parts(affected, paths), bench)
    before = runs[-1]
    if settled := pass_to_pass.judge_baseline(before):
        return settled, runs
    if not part.selection and affected and before.seconds > SHORT:
        first, more = _first_look(
            before, (head, fixed), _Part(affected, "the tests that import the patched files"), bench
        )
        runs += more
        if not first.passed:
            return first, runs
    after = bench.run_existing("fixed", fixed, part.selection)
    scope = (
        part.name
        if before is runs[0]
        else f"{part.name}: on the head the whole suite {how_it_ended(runs[0], is_brief=True)}"
    )
    gate, more = _judge(before, after, (head, fixed), bench, scope)
    return gate, (*runs, after, *more)


def _parts(affected: tuple[str, ...], paths: tuple[str, ...]) -> tuple[_Part, ...]:
    """From the whole suite to the few files that bear a patched file's name."""
    stems = {PurePosixPath(path).stem for path in paths}
    namesakes = tuple(one for one in affected if any(stem in PurePosixPath(one).stem for stem in stems))
    parts = (
        _Part((), "the whole suite"),
        _Part(affected, "only the tests that import the patched files"),
        _Part(namesakes, "only the tests named after the patched files"),
    )
    return parts[:1] + tuple(part for part in parts[1:] if part.selection)


def _largest_part_that_ends(
    head: Path, parts: tuple[_Part, ...], bench: Bench
) -> tuple[_Part, tuple[Run, ...]]:
    """The first part whose run on the head has a result, else the last; and all runs, its own last."""
    runs: tuple[Run, ...] = ()
    for part in parts:
        runs += (bench.before(head, part.selection),)
        if runs[-1].status is RunStatus.EXITED:
            break
    return part, runs


def _first_look(
    before: Run, trees: tuple[Path, Path], part: _Part, bench: Bench
) -> tuple[Gate, tuple[Run, ...]]:
    """A part of the tests alone: what it breaks needs no whole suite. What vanished, only that can tell."""
    after = bench.run_existing("fixed", trees[1], part.selection)
    ran = {one.id for one in after.outcomes}
    same = replace(before, outcomes=tuple(one for one in before.outcomes if one.id in ran))
    gate, more = _judge(same, after, trees, bench, part.name)
    return gate, (after, *more)


def _judge(
    before: Run, after: Run, trees: tuple[Path, Path], bench: Bench, scope: str
) -> tuple[Gate, tuple[Run, ...]]:
    """Compare; tests that no longer pass are run once more, on both sides, to tell the flaky ones."""
    ran = {one.id for one in after.outcomes}
    lost = tuple(one for one in pass_to_pass.regressed(before, after) if one in ran)
    if not lost or len(lost) > REPEATED or after.status is not RunStatus.EXITED:
        return pass_to_pass.judge(before, after, scope=scope), ()
    head, fixed = trees
    again = bench.run_existing("fixed", fixed, lost)
    if not (still := tuple(one for one in lost if one not in pass_to_pass.passing(again))):
        return pass_to_pass.judge(before, after, again, scope), (again,)
    names = tuple(dict.fromkeys(one.partition("::")[0] for one in still))
    files = (bench.run_existing("head", head, names), bench.run_existing("fixed", fixed, names))
    return pass_to_pass.judge(before, after, again, scope, files), (again, *files)
