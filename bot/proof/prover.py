"""Step 5: head, patch, test → proof. Knows nothing of who wrote them, and believes only what it runs itself.

Cheap gates come first. Every gate that can be decided is reported; the dear one, the repository's own tests,
is run only when all others hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.fix.patches import apply_patch, examine_patch
from bot.gates import collects, green, not_run, placement, sealed
from bot.gates.right_reason import Aim
from bot.proof.suites import compare_suites
from bot.records import Finding, Gate, Patch, Proof, RegressionTest, Run, Verdict
from bot.regression.aim import aim_at_change, aim_at_finding
from bot.regression.lab import Bench
from bot.regression.trees import scratch_copy, write_file
from bot.regression.watch import Watched, new_ids, run_test, watch


@dataclass(frozen=True, slots=True)
class _Case:
    head: Path
    patch: Patch
    test: RegressionTest
    bench: Bench


def prove(
    head: Path, patch: Patch, test: RegressionTest, bench: Bench, finding: Finding | None = None
) -> Proof:
    """Run the gates on the head at `head` and on copies of it; the folder itself is only read.

    Raises only for what makes a run impossible (no sandbox, a cancelled job): all else is a gate's answer.
    """
    case = _Case(head, patch, test, bench)
    facts = examine_patch(patch, head, bench.language)
    patched = placement.judge_patch(facts)
    with scratch_copy(head) as fixed:
        if patched.passed:
            apply_patch(patch, fixed)
        aim = _aim(finding, head, fixed, facts.paths if patched.passed else ())
        seen = watch(test, head, bench, aim)
        first = placement.judge(seen.placed, patched)
        if not first.passed:
            return _without_fixed(first, seen)
        write_file(fixed, test.path, test.content)
        return _with_fixed(case, first, seen, fixed, facts.paths)


def _aim(finding: Finding | None, head: Path, fixed: Path, paths: tuple[str, ...]) -> Aim:
    if finding is None:
        return aim_at_change(head, fixed, paths) if paths else Aim("the product")
    aim = aim_at_finding(finding, head)
    return Aim(aim.what, tuple(dict.fromkeys(aim.paths + paths)), aim.lines)


def _without_fixed(first: Gate, seen: Watched) -> Proof:
    """The proof when there is no patched tree to run: what the head shows is told all the same."""
    why = "the patch or the test is not one that may be applied (G1)"
    collected = not_run("G2", f"{why}. {seen.collected.detail}") if seen.collected.passed else seen.collected
    rest = (not_run(gate, why) for gate in ("G5", "G10", "G11"))
    gates = (first, collected, seen.red, seen.reason, *rest)
    return Proof(decide_verdict(gates, seen.gates), gates, seen.runs)


def _with_fixed(case: _Case, first: Gate, seen: Watched, fixed: Path, paths: tuple[str, ...]) -> Proof:
    run = run_test(case.test, "fixed", fixed, case.bench, seen.usual)
    ids = new_ids(run, seen.usual)
    runs = (*seen.runs, run)
    on_fixed = collects.judge_one(run, ids)
    cheap = (
        first,
        collects.judge(seen.collected, on_fixed, seen.ids, ids),
        seen.red,
        seen.reason,
        green.judge(run, ids)
        if on_fixed.passed
        else not_run("G5", "the test was not collected with the patch"),
    )
    closed = _sealed(seen, run, ids, case.test)
    failed = [gate.gate for gate in (*cheap, closed) if not gate.passed]
    if failed:
        kept = not_run("G10", f"{', '.join(failed)} failed")
    else:
        kept, more = compare_suites(case.head, fixed, paths, case.bench)
        runs += more
    gates = (*cheap, kept, closed)
    return Proof(decide_verdict(gates, seen.gates), gates, runs)


def _sealed(seen: Watched, run: Run, ids: tuple[str, ...], test: RegressionTest) -> Gate:
    if not ids:
        return not_run("G11", "no new test ran with the patch")
    return sealed.judge((*seen.runs[:1], run), ids, test.declared, seen.usual)


def decide_verdict(gates: tuple[Gate, ...], red: tuple[Gate, ...]) -> Verdict:
    """PROVEN when all gates hold; REPRODUCED when at least those that the head alone decides (`red`) do."""
    if all(gate.passed for gate in gates):
        return Verdict.PROVEN
    return Verdict.REPRODUCED if all(gate.passed for gate in red) else Verdict.UNPROVEN
