"""G10: no test that passed on the head fails or vanishes with the patch; old failures do not count."""

from __future__ import annotations

from bot.gates import how_it_ended, listed, passed, refused, skipped
from bot.records import Gate, Reason, Run, RunStatus, TestOutcome, TestStatus

GATE = "G10"
NOT_INSTALLED = frozenset({"ImportError", "ModuleNotFoundError"})


def passing(run: Run) -> frozenset[str]:
    """Ids of the tests that passed in this run."""
    return frozenset(one.id for one in run.outcomes if one.status is TestStatus.PASSED)


def regressed(before: Run, after: Run) -> tuple[str, ...]:
    """Ids that passed before and do not pass after."""
    return tuple(sorted(passing(before) - passing(after)))


def judge_baseline(before: Run) -> Gate | None:
    """The answer when no existing test passes on the head; None when there is something to compare.

    A head whose tests are skipped, or fail by themselves, has none that a patch could break: that is said,
    and stands in nobody's way. Tests for which the environment is not complete, or whose run gave nothing,
    leave it unknown whether they would pass.
    """
    if passing(before):
        return None
    if before.status is RunStatus.TIMEOUT:
        detail = (
            f"None of the head's own tests ended within {before.seconds:.0f} s, so nothing can be compared."
        )
        return refused(GATE, Reason.BASELINE_UNKNOWN, detail)
    if before.status is not RunStatus.EXITED:
        return refused(
            GATE, Reason.BASELINE_UNKNOWN, f"The run of the head's own tests {how_it_ended(before)}."
        )
    if all(one.status is TestStatus.SKIPPED for one in before.outcomes):
        which = "all of the repository's are skipped here" if before.outcomes else "the repository has none"
        return skipped(GATE, f"no existing tests: {which}.")
    return _nothing_passes(before)


def _nothing_passes(before: Run) -> Gate:
    count = len(before.outcomes)
    first = next((one for one in before.outcomes if one.exception in NOT_INSTALLED), None)
    if first is not None:
        detail = f"The head's own tests cannot be run, for the environment lacks something: {_told(first)}."
        return refused(GATE, Reason.BASELINE_UNKNOWN, detail)
    first = next((one for one in before.outcomes if one.status is not TestStatus.SKIPPED), before.outcomes[0])
    detail = f"none of the head's {count} existing test(s) passes here, so the patch can break none: "
    return skipped(GATE, f"{detail}{_told(first)}.")


def _told(one: TestOutcome) -> str:
    return f"{one.id}: {' '.join(f'{one.exception} {one.message}'.split())[:200]}"


def judge(
    before: Run,
    after: Run,
    again: Run | None = None,
    scope: str = "the whole suite",
    files: tuple[Run, Run] | None = None,
) -> Gate:
    """Compare two runs of the same tests.

    `again` is a second run with the patch of those that no longer passed. `files` are runs, on the head and
    with the patch, of the whole files of those that failed again: what does not pass there on the head, or
    passes there with the patch, is flaky.
    """
    if after.status is not RunStatus.EXITED:
        reason = Reason.REGRESSED if after.status is RunStatus.TIMEOUT else Reason.INCONCLUSIVE
        return refused(GATE, reason, f"The existing tests with the patch: {scope} {how_it_ended(after)}.")
    lost = regressed(before, after)
    flaky: tuple[str, ...] = ()
    if lost and again is not None and again.status is RunStatus.EXITED:
        kept = passing(again)
        if files is not None and all(run.status is RunStatus.EXITED for run in files):
            kept |= frozenset(lost) - (passing(files[0]) - passing(files[1]))
        flaky = tuple(one for one in lost if one in kept)
        lost = tuple(one for one in lost if one not in flaky)
    if lost:
        detail = f"{len(lost)} test(s) passed on the head and no longer pass with the patch: {listed(lost)}."
        return refused(GATE, Reason.REGRESSED, detail)
    return passed(GATE, _kept(before, flaky, scope))


def _kept(before: Run, flaky: tuple[str, ...], scope: str) -> str:
    failing = tuple(one.id for one in before.outcomes if one.status in {TestStatus.FAILED, TestStatus.ERROR})
    sentence = f"{len(passing(before))} test(s) that passed on the head still pass ({scope})."
    if failing:
        sentence += f" {len(failing)} failed on the head already: {listed(failing)}."
    if flaky:
        sentence += f" Not steady: {listed(flaky)}."
    return sentence
