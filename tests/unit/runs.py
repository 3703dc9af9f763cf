"""Runs and outcomes for tests of the gates."""

from __future__ import annotations

from typing import Literal

from bot.records import Frame, Phase, Run, RunStatus, TestOutcome, TestStatus

PATH = "tests/test_new.py"
ONE, TWO = f"{PATH}::test_one", f"{PATH}::test_two"
IN_TEST = Frame(PATH, 5, "test_one")
IN_PRODUCT = Frame("shop/paths.py", 3, "page")


def passed(name: str = ONE, seconds: float = 0.1) -> TestOutcome:
    return TestOutcome(name, TestStatus.PASSED, Phase.CALL, seconds=seconds)


def skipped(name: str = ONE) -> TestOutcome:
    return TestOutcome(name, TestStatus.SKIPPED, Phase.SETUP)


def failed(
    name: str = ONE,
    exception: str = "AssertionError",
    frames: tuple[Frame, ...] = (IN_TEST,),
    seconds: float = 0.1,
) -> TestOutcome:
    return TestOutcome(name, TestStatus.FAILED, Phase.CALL, exception, "seen", frames, seconds)


def broken(name: str = ONE, phase: Phase = Phase.SETUP, exception: str = "ImportError") -> TestOutcome:
    return TestOutcome(name, TestStatus.ERROR, phase, exception, "no module named x")


def run(
    *outcomes: TestOutcome,
    tree: Literal["head", "fixed"] = "head",
    status: RunStatus = RunStatus.EXITED,
    written: tuple[str, ...] = (),
    executed: tuple[tuple[str, tuple[int, ...]], ...] = (),
) -> Run:
    code = (
        None
        if status is RunStatus.TIMEOUT
        else int(any(one.status is not TestStatus.PASSED for one in outcomes))
    )
    return Run(tree, ("pytest",), status, code, 1.0, outcomes, executed, written)
