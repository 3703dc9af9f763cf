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
    part of it, and the gate says so; where no part ends, by those tests that did. With the patch, tests may
    take twice as long as they did before: the machine may have other work.
    """
    affected = bench.language.affected_tests(paths, head)
    part, runs = _largest_part_that_ends(head, _parts(affected, paths), bench)
    before = runs[-1]
    if settled := pass_to_pass.judge_baseline(before):
        return settled, runs
    if before.status is RunStatus.TIMEOUT:
        part, before = _what_ended(before)
    if not part.selection and affected and before.seconds > SHORT:
        first, more = _first_look(
            before, (head, fixed), _Part(affected, "the tests that import the patched files"), bench
        )
        runs += more
        if not first.passed:
            return first, runs
    after = bench.run_existing("fixed", fixed, part.selection, 2 * before.seconds)
    is_whole = not part.selection
    scope = (
        part.name
        if is_whole
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
    """The first part whose run on the head came to its end, or of which at least some tests did.

    The last part if there is none; and all runs, the part's own last.
    """
    runs: tuple[Run, ...] = ()
    for part in parts:
        run = bench.before(head, part.selection)
        runs += (run,)
        if run.status is RunStatus.EXITED or (part.selection and pass_to_pass.passing(run)):
            break
    return part, runs


def _what_ended(before: Run) -> tuple[_Part, Run]:
    """The test files that a run came to the end of before its time was over; else the tests of the first."""
    ended = tuple(dict.fromkeys(_file_of(one.id) for one in before.outcomes))[:-1]
    whole = _only(before, frozenset(one.id for one in before.outcomes if _file_of(one.id) in ended))
    if pass_to_pass.passing(whole):
        return _Part(ended, f"only the {len(ended)} test file(s) that ended"), whole
    ids = tuple(sorted(pass_to_pass.passing(before)))[:REPEATED]
    return _Part(ids, f"only the {len(ids)} test(s) that ended"), _only(before, frozenset(ids))


def _file_of(test_id: str) -> str:
    return test_id.partition("::")[0]


def _only(run: Run, ids: frozenset[str]) -> Run:
    return replace(run, outcomes=tuple(one for one in run.outcomes if one.id in ids))


def _first_look(
    before: Run, trees: tuple[Path, Path], part: _Part, bench: Bench
) -> tuple[Gate, tuple[Run, ...]]:
    """A part of the tests alone: what it breaks needs no whole suite. What vanished, only that can tell."""
    after = bench.run_existing("fixed", trees[1], part.selection)
    same = _only(before, frozenset(one.id for one in after.outcomes))
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
    names = tuple(dict.fromkeys(map(_file_of, still)))
    files = (bench.run_existing("head", head, names), bench.run_existing("fixed", fixed, names))
    return pass_to_pass.judge(before, after, again, scope, files), (again, *files)
