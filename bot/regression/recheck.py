"""Runs the regression tests of earlier heads on a newer one: fixed, still there, or no answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from bot.errors import EnvironmentUnavailable, InputError, SandboxUnavailable
from bot.gates import how_it_ended
from bot.gates.right_reason import NEVER
from bot.records import (
    Answer,
    Conclusion,
    Examined,
    Finding,
    Gate,
    KeptProof,
    KeptTest,
    Outcome,
    Phase,
    Proof,
    Rechecked,
    Reproduction,
    Reviewed,
    Run,
    RunStatus,
    TestOutcome,
    TestStatus,
    Verdict,
)
from bot.regression.gone import home_of, is_gone
from bot.regression.lab import Bench, Lab, side_by_side
from bot.regression.languages import PLAIN, Conditions
from bot.regression.trees import read_file
from bot.regression.watch import run_test, with_test
from bot.review.since import reviewed

AGAIN = Conditions(hash_seed=1)  # a test that passes has to do so twice


class Memory(Protocol):
    """Where the tests of one pull request, and its last review, are kept from head to head."""

    def tests(self) -> tuple[KeptTest, ...]:
        """All of them; from now on they are used again."""
        ...

    def keep(self, tests: tuple[KeptTest, ...]) -> None:
        """Keep these, each in the place of an older one of the same finding. May be done twice."""
        ...

    def keep_proofs(self, proofs: tuple[KeptProof, ...]) -> None:
        """Likewise what was confirmed, for who asks."""
        ...

    def forget(self, findings: tuple[str, ...]) -> None:
        """Keep the tests of these findings no longer. May be done twice."""
        ...

    def reviewed(self) -> Reviewed | None:
        """What the last review left behind."""
        ...

    def note(self, reviewed: Reviewed) -> None:
        """Leave this behind, in the place of what was. May be done twice."""
        ...


def keep(memory: Memory, outcome: Outcome, tree: Path) -> None:
    """Keep the tests and proofs of all confirmed findings of the head at `tree`, and what else was reviewed.

    In this order: the next review relies on the tests for what it does not look at.
    """
    memory.keep(to_keep(outcome.examined, tree))
    memory.keep_proofs(proofs_to_keep(outcome.change.head_sha, outcome.examined))
    if outcome.conclusion is not Conclusion.FAILED:
        memory.note(reviewed(outcome))


def to_keep(examined: Iterable[Examined], tree: Path) -> tuple[KeptTest, ...]:
    """The tests of all confirmed findings of the head at `tree`, with what each was red for."""
    confirmed = (one for one in examined if one.verdict is not Verdict.UNPROVEN)
    return tuple(kept for one in confirmed if (kept := _kept(one, tree)) is not None)


def proofs_to_keep(head_sha: str, examined: Iterable[Examined]) -> tuple[KeptProof, ...]:
    """All confirmed findings as they were examined, their runs without what only the gates needed."""
    confirmed = [one for one in examined if one.verdict is not Verdict.UNPROVEN]
    return tuple(KeptProof(head_sha, replace(one, proof=_as_shown(one.proof))) for one in confirmed)


def _as_shown(proof: Proof) -> Proof:
    runs = [replace(run, executed=(), written=(), output="", looks=()) for run in proof.runs]
    return replace(proof, runs=tuple(runs))


def _kept(one: Examined, tree: Path) -> KeptTest | None:
    if one.test is None:
        return None
    own = f"{one.test.path}::"
    seen = [run for run in one.proof.runs if not run.conditions]
    reds = (_outcomes(run, own) for run in seen if run.tree == "head")
    head = next((outcomes for outcomes in reds if any(map(_is_red, outcomes))), ())
    fixed = next((_outcomes(run, own) for run in seen if run.tree == "fixed"), ())
    mended = {each.id for each in fixed if each.status is TestStatus.PASSED}
    red = tuple((each.id, each.exception) for each in head if _is_red(each) and each.id in mended)
    if not red:  # no fix was tried, or none held
        red = tuple((each.id, each.exception) for each in head if _is_red(each))
    beside = tuple(each.id for each in head if each.status is TestStatus.PASSED)
    return KeptTest(one.finding, one.test, red, beside, *home_of(one.finding, tree))


def _outcomes(run: Run, own: str) -> tuple[TestOutcome, ...]:
    return tuple(each for each in run.outcomes if each.id.startswith(own))


def _is_red(one: TestOutcome) -> bool:
    return one.status is TestStatus.FAILED and one.phase is Phase.CALL


def recheck(
    tests: tuple[KeptTest, ...], tree: Path, lab: Lab, changed: tuple[str, ...] = ()
) -> tuple[Rechecked, ...]:
    """What each test says of the head at `tree`. A run that cannot be made is no answer.

    A test that cannot run counts as removed when its code stands in none of the `changed` files any more.
    Raises Superseded when the job was cancelled.
    """
    if not tests:
        return ()
    try:
        bench = lab.bench(tree)
    except (EnvironmentUnavailable, SandboxUnavailable, InputError) as problem:
        return tuple(Rechecked(one, Answer.UNKNOWN, str(problem)) for one in tests)
    return side_by_side([partial(_recheck, one, tree, bench, changed) for one in tests])


def _recheck(kept: KeptTest, tree: Path, bench: Bench, changed: tuple[str, ...]) -> Rechecked:
    kept = replace(kept, finding=placed(kept.finding, tree))
    runs: list[Run] = []
    try:
        with with_test(kept.test, tree) as copy:
            for conditions in (PLAIN, AGAIN):
                runs.append(run_test(kept.test, "head", copy, bench, None, conditions))
                answer, reason = judge(kept, runs[-1])
                if answer is not Answer.FIXED:
                    break
    except InputError as problem:  # something else stands where the test was
        return Rechecked(kept, Answer.UNKNOWN, str(problem))
    if len(runs) > 1 and answer is not Answer.FIXED:
        answer, reason = Answer.UNKNOWN, "It passed once, and did not when it was run again."
    elif answer is Answer.UNKNOWN and runs[0].status is RunStatus.EXITED and is_gone(kept, tree, changed):
        answer, reason = Answer.REMOVED, ""
    return Rechecked(kept, answer, reason, tuple(runs))


def judge(kept: KeptTest, run: Run) -> tuple[Answer, str]:
    """Whether all that once ran passes, or something is red as it was; else why there is no answer."""
    if run.status is RunStatus.TIMEOUT and not kept.red:
        return Answer.STILL_THERE, ""
    if run.status is not RunStatus.EXITED:
        return Answer.UNKNOWN, f"The run {how_it_ended(run)}."
    seen = {one.id: one for one in _outcomes(run, f"{kept.test.path}::")}
    if any(_is_red_as_it_was(seen.get(key), exception) for key, exception in kept.red):
        return Answer.STILL_THERE, ""
    if reason := _why_no_answer(kept, run, seen):
        return Answer.UNKNOWN, reason
    return Answer.FIXED, ""


def _why_no_answer(kept: KeptTest, run: Run, seen: Mapping[str, TestOutcome]) -> str:
    """Why not all that once ran passes; empty when it does."""
    broken = [one for one in run.outcomes if one.status is TestStatus.ERROR]
    if broken:
        return f"`{broken[0].id}` breaks before it is run: {_said(broken[0])}"
    expected = [key for key, _ in kept.red] + list(kept.beside) or list(seen)
    missing = [key for key in expected if key not in seen]
    if missing or not expected:
        return f"`{missing[0]}` was not run." if missing else "No test was run."
    others = [seen[key] for key in expected if seen[key].status is not TestStatus.PASSED]
    return f"`{others[0].id}` is {others[0].status}, and not as it was: {_said(others[0])}" if others else ""


def _said(one: TestOutcome) -> str:
    return f"{one.exception}: {one.message}".strip(": ") or "no reason given"


def _is_red_as_it_was(one: TestOutcome | None, exception: str) -> bool:
    name = exception.rpartition(".")[2]
    return one is not None and _is_red(one) and one.exception == exception and name not in NEVER


def placed(finding: Finding, tree: Path) -> Finding:
    """The finding on the lines where its quote stands now, the nearest; as it was where it stands nowhere."""
    content = read_file(tree, finding.path)
    quote = [line.strip() for line in finding.quote.splitlines()]
    if content is None or not any(quote):
        return finding
    lines = [line.strip() for line in content.decode(errors="replace").splitlines()]
    starts = [at + 1 for at in range(len(lines)) if lines[at : at + len(quote)] == quote]
    if not starts:
        return finding
    start = min(starts, key=lambda one: abs(one - finding.start_line))
    return replace(finding, start_line=start, end_line=start + len(quote) - 1)


def as_reproduction(one: Rechecked) -> Reproduction:
    """A test that is red again, as step 3 would hand it on."""
    gate = Gate("G3", passed=True, detail="The test of an earlier head is red on this one, as it was there.")
    return Reproduction(one.kept.test, (gate,), one.runs)
