"""G11: the new tests used no network, looked at what the code does only, wrote nothing and were quick."""

from __future__ import annotations

from bot.gates import listed, outcomes_of, passed, refused
from bot.records import Declaration, Gate, Reason, Run, TestStatus

GATE = "G11"
ONE_TEST = 5.0  # seconds
ALL_TESTS = 60.0


def judge(
    runs: tuple[Run, ...], ids: tuple[str, ...], declared: Declaration | None, usual: Run | None = None
) -> Gate:
    """Look at the runs of the new test's file. `usual` is a run of the file as it stands on the head.

    To keep the network away is the sandbox's work, as are memory and processes: a run that met a limit has no
    verdict and fails an earlier gate.
    """
    before = frozenset(usual.written) if usual else frozenset()
    written = tuple(sorted({path for run in runs for path in run.written} - before))
    if written:
        detail = f"The new tests write into the repository, not to a temporary folder: {listed(written)}."
        return refused(GATE, Reason.WROTE_TREE, detail)
    if looks := tuple(dict.fromkeys(one for run in runs for one in run.looks)):
        detail = f"The test looks at how the code is written, not at what it does: {listed(looks)}."
        return refused(GATE, Reason.READS_SOURCE, detail)
    is_timed = declared is not None and declared.kind == "timeout"
    for run in runs:
        seen = outcomes_of(run, ids)
        # What is slow and red may be slow by the very defect; it is ended after some seconds anyway
        green = (one for one in seen if one.status is TestStatus.PASSED)
        slow = tuple(f"{one.id} ({one.seconds:.1f} s)" for one in green if one.seconds > ONE_TEST)
        if slow and not is_timed:
            detail = f"Slower than {ONE_TEST:.0f} s, and no timeout was declared: {listed(slow)}."
            return refused(GATE, Reason.TOO_SLOW, detail)
        total = sum(one.seconds for one in seen)
        if total > ALL_TESTS:
            detail = f"The new tests take {total:.0f} s together; {ALL_TESTS:.0f} s are allowed."
            return refused(GATE, Reason.TOO_SLOW, detail)
    longest = max((one.seconds for run in runs for one in outcomes_of(run, ids)), default=0.0)
    return passed(GATE, f"No network, nothing written, the slowest new test took {longest:.1f} s.")
