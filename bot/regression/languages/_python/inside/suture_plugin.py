"""The pytest plugin that writes down what became of each test."""

from __future__ import annotations

import os
import signal
from itertools import groupby
from typing import Any

import pytest

MESSAGE = 2_000  # characters
FRAMES = 60
HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  compared as text
WRAPPERS = ("CollectError", "ConftestImportFailure", "PluginImportFailure")  # pytest's own
LEADING = (os.sep + "_pytest" + os.sep, os.sep + "pluggy" + os.sep)  # how pytest gets to a test


class Timeout(BaseException):
    """A test's call took longer than it may. No Exception, so that the code under test does not catch it."""


def real_error(error: BaseException) -> BaseException:
    """What went wrong beneath pytest's own wrappers for modules and conftests that cannot be imported."""
    while type(error).__name__ in WRAPPERS:
        inner = error.__cause__ or getattr(error, "excinfo", (None, None))[1]
        if not isinstance(inner, BaseException):
            break
        error = inner
    return error


def text_of(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception as exc:  # noqa: BLE001  the code under test decides what str() of its exception raises
        text = f"<str() raised {type(exc).__name__}>"
    return text if len(text) <= MESSAGE else text[: MESSAGE - 1] + "…"


def frames_of(error: BaseException, base: str) -> list[list[Any]]:
    """[path, line, function] from the outermost frame in, without the ones that led pytest to the test."""
    frames: list[list[Any]] = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        path = code.co_filename
        leading = not frames and any(mark in path for mark in LEADING)
        if not leading and not path.startswith((HERE, "<frozen importlib")):
            name = path[len(base) + 1 :] if path.startswith(base + os.sep) else path
            frames.append([name, trace.tb_lineno, code.co_name])
        trace = trace.tb_next
    return frames if len(frames) <= FRAMES else frames[: FRAMES // 2] + frames[-FRAMES // 2 :]


def reason_of(report: Any) -> Any:
    """Why a test was skipped, or whatever else pytest says of it."""
    skipped = isinstance(report.longrepr, tuple) and len(report.longrepr) == 3
    return report.longrepr[2] if skipped else report.longrepr


class Recorder:
    """Hooks of pytest 6 and later."""

    def __init__(
        self, record: Any, lines: Any, test_timeout: float | None, done: list[str], lost_files: list[str]
    ) -> None:
        self._record = record
        self._lines = lines
        self._timeout = test_timeout
        self._done, self._lost = frozenset(done), frozenset(lost_files)  # known from an earlier start
        self._base = os.getcwd()  # noqa: PTH109  paths are text here
        self._numbers: dict[str, int] = {}
        self._called: dict[str, BaseException | None] = {}  # what the test itself raised

    def executed(self) -> dict[str, list[int]]:
        return {name: sorted(lines) for name, lines in self._lines.lines.items()}

    def _failure(self, error: BaseException) -> dict[str, Any]:
        error = real_error(error)
        known: dict[str, Any] = {"exception": type(error).__name__}
        if self._record.has_room():
            known.update(message=text_of(error), frames=frames_of(error, self._base))
        return known

    @pytest.hookimpl(hookwrapper=True)
    def pytest_load_initial_conftests(self) -> Any:
        """A conftest that cannot be loaded ends pytest before there is a session: keep the reason."""
        outcome = yield
        if outcome.excinfo is not None:
            error = outcome.excinfo[1]
            if type(error).__name__ in WRAPPERS:
                path = os.path.relpath(str(getattr(error, "path", "conftest.py")), self._base)
                self._record.write({"collect": path, "status": "error", **self._failure(error)})

    def _at(self, name: Any, phase: str) -> None:
        """Say where we are, so that the guard knows whom to blame when this is the end."""
        self._record.write({"at": self._numbers.get(name, name), "phase": phase})

    def pytest_collectstart(self, collector: Any) -> None:
        if isinstance(collector, pytest.File):
            self._at(collector.nodeid, "collect")
            if collector.nodeid in self._lost:
                setattr(collector, "collect", list)  # noqa: B010  nothing, without loading it; a method for the checker

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector: Any) -> Any:
        outcome = yield
        if outcome.excinfo is not None and issubclass(outcome.excinfo[0], SystemExit):
            known = self._failure(outcome.excinfo[1])
            self._record.write({"collect": collector.nodeid or ".", "status": "error", **known})
            said = f"it ends the process when it is loaded: {outcome.excinfo[1]!r}"
            outcome.force_result(pytest.CollectReport(collector.nodeid, "failed", said, []))
            return
        report = outcome.get_result()
        call = getattr(report, "call", None)
        if report.passed or call is None or call.excinfo is None:
            return
        status = "skipped" if report.skipped else "error"
        known = self._failure(call.excinfo.value)
        self._record.write({"collect": collector.nodeid or ".", "status": status, **known})

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = [one for one in items if one.nodeid not in self._done]

    def pytest_collection_finish(self, session: Any) -> None:
        """Write the ids, grouped so that a file's name stands once; later lines name a test by its number."""
        ids = list(dict.fromkeys(item.nodeid for item in session.items))
        ids.sort(key=lambda one: one.partition("::")[0])  # one group a file, however the items are ordered
        self._numbers = {one: number for number, one in enumerate(ids)}
        for name, group in groupby(ids, key=lambda one: one.partition("::")[0]):
            self._record.write({"file": name, "tests": [one[len(name) :] for one in group]})
        self._record.write({"collected": True})

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._at(nodeid, "setup")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: Any) -> None:
        self._at(item.nodeid, "teardown")

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._called.pop(nodeid, None)
        self._at("", "")

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_runtest_call(self, item: Any) -> Any:
        """Innermost around the test itself: trace lines, and end it after its time."""
        self._at(item.nodeid, "call")
        if self._timeout:
            alarm = signal.signal(signal.SIGALRM, self._expired)
            timer = signal.setitimer(signal.ITIMER_REAL, self._timeout, 1.0)
        self._lines.start()
        try:
            outcome = yield
            self._called[item.nodeid] = outcome.excinfo and outcome.excinfo[1]
        finally:
            self._lines.stop()
            if self._timeout:
                signal.setitimer(signal.ITIMER_REAL, *timer)
                signal.signal(signal.SIGALRM, alarm)

    def _expired(self, _number: int, _frame: Any) -> None:
        raise Timeout(f"the test took longer than {self._timeout:g} s")

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Any:
        """Outermost: nothing changes the report after us."""
        outcome = yield
        report = outcome.get_result()
        error = call.excinfo.value if call.excinfo is not None else None
        if report.passed and report.when != "call" and error is None:
            return
        value = {"test": self._numbers.get(item.nodeid, item.nodeid), "phase": report.when}
        value.update(status=report.outcome, seconds=round(call.stop - call.start, 4))
        if report.passed:
            value.update(self._contradiction(item.nodeid, report.when, error))
        elif report.failed and error is not None:
            value.update(self._failure(error))
        elif not report.passed:  # skipped, expected to fail, or not expected to pass
            value.update(message=str(getattr(report, "wasxfail", "") or reason_of(report))[:MESSAGE])
        self._record.write(value)

    def _contradiction(self, name: str, phase: str, error: BaseException | None) -> dict[str, Any]:
        """What speaks against a pass: it raised, whatever hooks made of that, or it never ran."""
        if phase == "call":
            if name not in self._called:
                return {"status": "failed", "exception": "NotRun", "message": "it never ran"}
            error = error or self._called[name]
        return {} if error is None else {"status": "failed", **self._failure(error)}
