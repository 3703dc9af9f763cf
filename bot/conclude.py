"""What is to be said of a change, from what its steps handed on. Pure: nothing is run, asked or lost here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.config import NO_CONFIG, Config
from bot.diff.remarks import remarks_of
from bot.errors import (
    BudgetSpent,
    EnvironmentUnavailable,
    ReviewerError,
    RunnerMissing,
    SandboxUnavailable,
    SutureError,
)
from bot.records import (
    Answer,
    Change,
    Conclusion,
    Declined,
    Dropped,
    Examined,
    Finding,
    FixAttempt,
    Gate,
    Judgement,
    Outcome,
    Patch,
    Proof,
    Reason,
    Rechecked,
    Reproduction,
    Review,
    Usage,
    Verdict,
)

# A run that says nothing (no verdict, no environment …) refutes nothing either
SAYS_NOTHING = frozenset({
    Reason.NO_ENVIRONMENT, Reason.NO_SANDBOX, Reason.NO_RUNNER, Reason.NO_TEST, Reason.BUDGET_SPENT,
    Reason.INCONCLUSIVE,
})  # fmt: skip
JUDGE = "judge"  # stands where a gate's name would
WHY_UNTRIED: dict[type[SutureError], Reason] = {
    BudgetSpent: Reason.BUDGET_SPENT,
    EnvironmentUnavailable: Reason.NO_ENVIRONMENT,
    SandboxUnavailable: Reason.NO_SANDBOX,
    RunnerMissing: Reason.NO_RUNNER,
    ReviewerError: Reason.NO_TEST,
}


@dataclass(frozen=True, slots=True)
class Case:
    """One finding and what steps 3 to 5 handed on for it, as far as they came."""

    finding: Finding
    red: Reproduction
    fixed: FixAttempt | None = None
    proof: Proof | None = None
    judged: Judgement | None = None

    @property
    def is_confirmed(self) -> bool:
        """Whether a run has shown the defect."""
        refuted = self.proof is not None and self.proof.verdict is Verdict.UNPROVEN
        return self.red.test is not None and not refuted

    @property
    def proven_patch(self) -> Patch | None:
        """The fix, if it is proven."""
        is_proven = self.proof is not None and self.proof.verdict is Verdict.PROVEN
        return self.fixed.patch if self.fixed and is_proven else None


def untried(finding: Finding, problem: SutureError) -> Case:
    """The case of a finding for which nothing could be run: no environment, no sandbox, or no test to run."""
    reason = next(why for kind, why in WHY_UNTRIED.items() if isinstance(problem, kind))
    gate = Gate("G2", passed=False, detail=str(problem), reason=reason)
    return Case(finding, Reproduction(None, gates=(gate,), reason=str(problem)))


def failed(change: Change, error: SutureError) -> Outcome:
    """The outcome of a job that broke off; the error's own sentence tells what to do."""
    return Outcome(change, Conclusion.FAILED, failure=str(error) or type(error).__name__)


def charged(outcome: Outcome, spent: Usage) -> Outcome:
    """The outcome with what its calls to models took by the ledger, which knows those that failed as well."""
    if not spent.model_calls:
        return outcome
    return replace(outcome, usage=replace(spent, sandbox_seconds=outcome.usage.sandbox_seconds))


def conclude(
    change: Change,
    review: Review,
    cases: tuple[Case, ...],
    config: Config = NO_CONFIG,
    rechecked: tuple[Rechecked, ...] = (),
) -> Outcome:
    """The whole outcome.

    FINDINGS when at least one is proven or reproduced; else INCOMPLETE when anything in scope was not looked
    at, was declined, or could not be tried; else CLEAN. A claim that was tried and not confirmed is dropped
    with what was seen; one that could not be tried is kept as unproven. A kept test says nothing beside a
    claim of the same finding; one without an answer leaves the change INCOMPLETE.
    """
    looked = tuple(_judge(case) for case in cases)
    examined = tuple(one for one in looked if isinstance(one, Examined))
    declined = review.declined + tuple(one for case in cases for one in _declined(case))
    not_reviewed = change.not_reviewed + review.not_reviewed
    shown = any(one.verdict is not Verdict.UNPROVEN for one in examined)
    open_ends = bool(examined) or any(one.in_scope for one in not_reviewed)
    open_ends = open_ends or any(not one.covered_by for one in declined)
    claimed = {one.finding.id for one in examined if one.verdict is Verdict.UNPROVEN}
    rechecked = tuple(one for one in rechecked if one.kept.finding.id not in claimed)
    open_ends = open_ends or any(one.answer is Answer.UNKNOWN for one in rechecked)
    return Outcome(
        change,
        Conclusion.FINDINGS if shown else Conclusion.INCOMPLETE if open_ends else Conclusion.CLEAN,
        examined=tuple(sorted(examined, key=_order)),
        dropped=review.dropped + tuple(one for one in looked if isinstance(one, Dropped)),
        not_reviewed=not_reviewed,
        declined=declined,
        usage=sum((_usage(case) for case in cases), review.usage + _proofs(cases) + _again(rechecked)),
        remarks=config.problems + remarks_of(change),
        rechecked=rechecked,
        carried=review.carried,
        rules=review.rules,
        fix_delivery=config.fix_delivery,
        policy=config.policy,
    )


def _judge(case: Case) -> Examined | Dropped:
    red, fixed, proof = case.red, case.fixed, case.proof
    if red.test is None:
        if not red.runs or red.declined or _says_nothing(red.gates):
            return Examined(case.finding, Proof(Verdict.UNPROVEN, red.gates or _no_test(red), red.runs))
        return _dropped(case.finding, "reproduce", red.reason, red.gates)
    if proof is None or fixed is None or fixed.patch is None:
        gates = red.gates + (fixed.gates if fixed else ())
        runs = red.runs + (fixed.runs if fixed else ())
        return Examined(case.finding, Proof(Verdict.REPRODUCED, gates, runs), red.test)
    if proof.verdict is Verdict.UNPROVEN and not _says_nothing(proof.gates):
        return _dropped(case.finding, "prove", "", proof.gates)
    if case.judged and case.judged.veto:
        veto = Gate(JUDGE, passed=False, detail=case.judged.veto, reason=Reason.VETOED)
        proof = replace(proof, verdict=Verdict.UNPROVEN, gates=(*proof.gates, veto))
    return Examined(case.finding, proof, red.test, fixed.patch)


def _says_nothing(gates: tuple[Gate, ...]) -> bool:
    return any(gate.reason in SAYS_NOTHING for gate in gates)


def _no_test(red: Reproduction) -> tuple[Gate, ...]:
    """What stands where a gate would, when nobody wrote a test: nothing was seen, for or against."""
    if red.declined:
        return ()
    return (Gate("G2", passed=False, detail=red.reason or "no test was written", reason=Reason.NO_TEST),)


def _dropped(finding: Finding, stage: str, reason: str, gates: tuple[Gate, ...]) -> Dropped:
    seen = "; ".join(f"{gate.gate}: {gate.detail}" for gate in gates if not gate.passed)
    return Dropped(
        title=finding.title,
        path=finding.path,
        line=finding.start_line,
        cwe=finding.cwe,
        reason=" — ".join(part for part in (finding.doubt, reason, seen) if part) or "no run confirmed it",
        stage=stage,
    )


def _declined(case: Case) -> tuple[Declined, ...]:
    steps = (case.red, case.fixed, case.proof, case.judged)
    return tuple(one.declined for one in steps if one is not None and one.declined)


def _usage(case: Case) -> Usage:
    steps = (case.red, case.fixed, case.proof, case.judged)
    return sum((one.usage for one in steps if one is not None), Usage())


def _proofs(cases: tuple[Case, ...]) -> Usage:
    """The seconds of the proofs' runs; the runs of the head's own tests are the same ones in all of them."""
    runs = {run for case in cases if case.proof for run in case.proof.runs}
    return Usage(sandbox_seconds=sum(run.seconds for run in runs))


def _again(rechecked: tuple[Rechecked, ...]) -> Usage:
    return Usage(sandbox_seconds=sum(run.seconds for one in rechecked for run in one.runs))


def _order(one: Examined) -> tuple[int, str, int]:
    return -one.finding.severity.rank, one.finding.path, one.finding.start_line
