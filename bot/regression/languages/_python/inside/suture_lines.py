"""Which lines of some files run between `start` and `stop`."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

TOOL = 4  # one of the two numbers of sys.monitoring that no known tool takes


class Watcher:
    """Collects lines by file; this one watches nothing, its subclasses use what their interpreter has."""

    def __init__(self, files: list[str]) -> None:
        self._base = os.getcwd()  # noqa: PTH109  only strings here: this runs once a line
        self._files = {os.path.join(self._base, name): name for name in files}  # noqa: PTH118  likewise
        self._known: dict[str, set[int] | None] = {}
        self.lines: dict[str, set[int]] = {name: set() for name in files}

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def lines_of(self, filename: str) -> set[int] | None:
        """The set to add to for this source file, None for a file that is not watched."""
        if filename not in self._known:
            path = os.path.realpath(os.path.join(self._base, filename))  # noqa: PTH118  likewise
            name = self._files.get(path)
            self._known[filename] = None if name is None else self.lines[name]
        return self._known[filename]


class Tracing(Watcher):
    """By `sys.settrace`: before Python 3.12."""

    def start(self) -> None:
        threading.settrace(self._enter)
        sys.settrace(self._enter)

    def stop(self) -> None:
        sys.settrace(None)
        threading.settrace(None)

    def _enter(self, frame: Any, event: str, _argument: Any) -> Any:
        lines = self.lines_of(frame.f_code.co_filename)
        if lines is None:
            return None

        def step(frame: Any, _event: str, _argument: Any) -> Any:
            lines.add(frame.f_lineno)
            return step

        return step(frame, event, None)


class Monitoring(Watcher):
    """By `sys.monitoring`: each line costs once."""

    def __init__(self, files: list[str]) -> None:
        super().__init__(files)
        self._monitoring: Any = getattr(sys, "monitoring")  # noqa: B009  the type checker's Python may lack it
        self._monitoring.use_tool_id(TOOL, "suture")
        events = self._monitoring.events
        self._events = events.LINE | events.PY_START
        self._monitoring.register_callback(TOOL, events.LINE, self._line)
        self._monitoring.register_callback(TOOL, events.PY_START, self._enter)

    def start(self) -> None:
        self._monitoring.set_events(TOOL, self._events)

    def stop(self) -> None:
        self._monitoring.set_events(TOOL, 0)

    def _enter(self, code: Any, _offset: int) -> Any:
        return self._line(code, code.co_firstlineno)

    def _line(self, code: Any, number: int) -> Any:
        lines = self.lines_of(code.co_filename)
        if lines is not None:
            lines.add(number)
        return self._monitoring.DISABLE


def watcher(files: list[str]) -> Watcher:
    """The best watcher that this interpreter has, for these paths relative to the working directory."""
    if not files:
        return Watcher(files)
    return Monitoring(files) if hasattr(sys, "monitoring") else Tracing(files)
