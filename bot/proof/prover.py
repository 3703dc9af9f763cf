"""Step 5: head, patch, test → proof. Knows nothing of who wrote them, and believes only what it runs itself.

Cheap gates come first. Every gate that can be decided is reported; the dear ones are run only when all before
them hold: first the many short runs (G8, G9, G12), then the repository's own tests and the second opinion.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bot.fix.hunks import hunks_of
from bot.fix.patches import apply_patch, examine_patch
from bot.fix.trial import Trees, try_hunks
from bot.gates import collects, green, needed, not_run, placement, red_ids, sealed, sibling
from bot.gates.right_reason import Aim
from bot.gates.static import Unit
from bot.proof.repeats import Pair, hidden_runs, judge_hidden, judge_repeats, judge_text, repeats, respaced
from bot.proof.second import Second, ask_second
from bot.proof.suites import compare_suites
from bot.records import Finding, Gate, Patch, Proof, RegressionTest, Run, RunStatus, Verdict
from bot.regression.aim import aim_at_change, aim_at_finding
from bot.regression.lab import Bench, side_by_side
from bot.regression.steady import unsteady, with_steady_ids
from bot.regression.trees import scratch_copy, write_file
from bot.regression.unit import join_units, unit_of_change, unit_of_finding
from bot.regression.watch import Watched, new_ids, run_test, watch, with_test

CHEAP = ("G2", "G5", "G6", "G11")
DEAR = ("G8", "G9", "G10", "G12", "G13")
MOST_ALONE = 8  # tests of a head that hangs that are run each alone


@dataclass(frozen=True, slots=True)
class _Case:
    head: Path
    fixed: Path  # with the test once it may stand there
    test: RegressionTest
    bench: Bench
    paths: tuple[str, ...]  # that the patch touches
    unit: Unit
    second: Second | None


def prove(
    head: Path,
    patch: Patch,
    test: RegressionTest,
    bench: Bench,
    finding: Finding | None = None,
    second: Second | None = None,
) -> Proof:
    """Run the gates on the head at `head` and on copies of it; the folder itself is only read.

    `second` writes a test for G13 without having seen the patch. A finding makes the lines to reach its own,
    and the form of the test count (G14), for then the test is one of ours.
    Raises only for what makes a run impossible (no sandbox, a cancelled job): all else is a gate's answer.
    """
    facts = examine_patch(patch, head, bench.language)
    patched = placement.judge_patch(facts)
    with scratch_copy(head) as fixed:
        if patched.passed:
            apply_patch(patch, fixed)
        paths = facts.paths if patched.passed else ()
        case = _Case(head, fixed, test, bench, paths, _unit(finding, head, fixed, paths), second)
        aim = _aim(finding, head, fixed, paths)
        seen = watch(test, head, bench, aim, case.unit, is_ours=finding is not None)
        first = placement.judge(seen.placed, patched)
        if not first.passed:
            return _without_fixed(first, seen)
        write_file(fixed, test.path, test.content)
        return _with_fixed(case, first, seen)


def _aim(finding: Finding | None, head: Path, fixed: Path, paths: tuple[str, ...]) -> Aim:
    if finding is None:
        return aim_at_change(head, fixed, paths) if paths else Aim("the product")
    aim = aim_at_finding(finding, head)
    return Aim(aim.what, tuple(dict.fromkeys(aim.paths + paths)), aim.lines)


def _unit(finding: Finding | None, head: Path, fixed: Path, paths: tuple[str, ...]) -> Unit:
    changed = unit_of_change(head, fixed, paths)
    return changed if finding is None else join_units(unit_of_finding(finding, head), changed)


def _proof(seen: Watched, gates: tuple[Gate, ...], runs: tuple[Run, ...]) -> Proof:
    """The gates in their order; what could not be decided says so."""
    ordered = tuple(sorted(gates, key=lambda gate: int(gate.gate[1:])))
    return Proof(decide_verdict(ordered, seen.red_gates), ordered, runs)


def _without_fixed(first: Gate, seen: Watched) -> Proof:
    """The proof when there is no patched tree to run: what the head shows is told all the same."""
    why = "the patch or the test is not one that may be applied (G1)"
    collected = not_run("G2", f"{why}. {seen.collected.detail}") if seen.collected.passed else seen.collected
    rest = tuple(not_run(gate, why) for gate in (*CHEAP, *DEAR) if gate not in {"G2", "G6"})
    gates = (seen.text, first, collected, seen.red, seen.reason, seen.sibling, seen.way, seen.form)
    return _proof(seen, gates + rest, seen.runs)


def _with_fixed(case: _Case, first: Gate, seen: Watched) -> Proof:
    run = run_test(case.test, "fixed", case.fixed, case.bench, seen.usual)
    ids = new_ids(run, seen.usual)
    if changing := unsteady(seen.ids, ids):
        case = replace(case, bench=replace(case.bench, unsteady=changing))
        seen, run = _steady(seen, changing), with_steady_ids(run, changing)
        ids = new_ids(run, seen.usual)
    runs = (*seen.runs[:1], run, *seen.runs[1:])
    on_fixed = collects.judge_one(run, ids)
    collected = collects.judge(seen.collected, on_fixed, seen.ids, ids)
    why = "the test was not collected with the patch"
    both, alone = _sibling(case, seen, run, ids)
    cheap = (
        *(seen.text, first, collected, seen.red, seen.reason),
        green.judge(run, ids) if on_fixed.passed else not_run("G5", why),
        *(both, seen.way),
        _sealed(seen, run, ids, case.test),
        seen.form,
    )
    runs += alone
    fix_text = judge_text(case.head, case.fixed, case.paths, case.bench)
    if failed := tuple(gate.gate for gate in (*cheap, fix_text) if not gate.passed):
        return _proof(seen, cheap + _undecided(failed, fix_text), runs)
    return _dear(case, seen, run, ids, cheap, runs)


def _undecided(failed: tuple[str, ...], fix_text: Gate) -> tuple[Gate, ...]:
    """The dear gates, which are not run; but G12 has failed already where the text of the fix decides it."""
    known = {} if fix_text.passed else {fix_text.gate: fix_text}
    return tuple(known.get(gate) or not_run(gate, f"{', '.join(failed)} failed") for gate in DEAR)


def _steady(seen: Watched, changing: frozenset[str]) -> Watched:
    runs = tuple(with_steady_ids(run, changing) for run in seen.runs)
    return replace(seen, runs=runs, ids=new_ids(runs[0], seen.usual))


def _sibling(case: _Case, seen: Watched, run: Run, ids: tuple[str, ...]) -> tuple[Gate, tuple[Run, ...]]:
    """Gate G6; the tests of a head that hung are each run alone, to find those that do not hang."""
    if not seen.sibling.passed or not seen.runs:
        return seen.sibling, ()
    if run.status is not RunStatus.EXITED:
        return not_run(sibling.GATE, "the run with the patch has no results"), ()
    on_head = seen.runs[0]
    if on_head.status is not RunStatus.TIMEOUT:
        return sibling.judge(on_head, run, ids), ()
    with with_test(case.test, case.head) as tree:
        calls = [
            partial(run_test, case.test, "head", tree, case.bench, seen.usual, selection=(one,))
            for one in ids[:MOST_ALONE]
        ]
        apart = side_by_side(calls)
    ended = tuple(one for one in apart if one.status is RunStatus.EXITED)
    if not ended:
        return not_run(sibling.GATE, "every test of the head hangs"), apart
    outcomes = tuple(one for made in ended for one in made.outcomes)
    whole = Run("head", ended[0].command, RunStatus.EXITED, 0, 0.0, outcomes)
    return sibling.judge(on_head, run, ids, whole), apart


def _dear(
    case: _Case,
    seen: Watched,
    run: Run,
    ids: tuple[str, ...],
    cheap: tuple[Gate, ...],
    runs: tuple[Run, ...],
) -> Proof:
    with with_test(case.test, case.head) as head:
        pair = Pair(head, case.fixed, case.test, ids, seen.runs[0], run, seen.usual)
        again = repeats(pair, case.bench)
        calls: list[Callable[[], tuple[Run, ...]]] = [partial(_one, call) for call in again]
        with respaced(pair, case.paths, case.bench) as moved:
            made = side_by_side(calls + hidden_runs(moved, case.bench))
    repeated = tuple(one for group in made[: len(again)] for one in group)
    hidden = made[len(again) :]
    hunks = hunks_of(case.head, case.fixed, case.paths, case.bench.language)
    trees = Trees(case.head, case.fixed, case.test, ids, red_ids(seen.runs[0], ids), seen.usual)
    tried, trials = try_hunks(hunks, trees, case.bench)
    gates = (needed.judge(tried), judge_repeats(pair, repeated), judge_hidden(pair, hidden))
    more = (*trials, *repeated, *(one for group in hidden for one in group))
    if failed := [gate.gate for gate in gates if not gate.passed]:
        rest = tuple(not_run(gate, f"{', '.join(failed)} failed") for gate in ("G10", "G13"))
        return _proof(seen, (*cheap, *gates, *rest), (*runs, *more))
    kept, suites = compare_suites(case.head, case.fixed, case.paths, case.bench)
    if not kept.passed:
        last = (kept, not_run("G13", "G10 failed"))
        return _proof(seen, (*cheap, *gates, *last), (*runs, *suites, *more))
    opinion, others, usage, declined = ask_second(case.second, case.head, case.fixed, case.bench, case.unit)
    proof = _proof(seen, (*cheap, *gates, kept, opinion), (*runs, *suites, *others, *more))
    return Proof(proof.verdict, proof.gates, proof.runs, usage, declined)


def _one(call: Callable[[], Run]) -> tuple[Run, ...]:
    return (call(),)


def _sealed(seen: Watched, run: Run, ids: tuple[str, ...], test: RegressionTest) -> Gate:
    if not ids:
        return not_run("G11", "no new test ran with the patch")
    return sealed.judge((*seen.runs[:1], run), ids, test.declared, seen.usual)


def decide_verdict(gates: tuple[Gate, ...], red: tuple[Gate, ...]) -> Verdict:
    """PROVEN when all gates hold; REPRODUCED when at least those that make the test a red one (`red`) do."""
    if all(gate.passed for gate in gates):
        return Verdict.PROVEN
    return Verdict.REPRODUCED if all(gate.passed for gate in red) else Verdict.UNPROVEN
