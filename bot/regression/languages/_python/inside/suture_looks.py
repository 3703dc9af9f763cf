"""Notes where a test itself, not the code it calls, reads the tree's source or looks into its functions.

By the interpreter's audit events: it does not matter by which name or way the test comes there.
"""

from __future__ import annotations

import os
import sys
from typing import Any

IMPORTS = ("exec_module", "_find_and_load")  # functions of importlib that load a module
# These look at what they are given for ends of their own: a web framework logs a traceback with its source
INSPECTS_ITSELF = ("site-packages", "mock.py", "asyncio")
INSIDE = ("gc.get_objects", "gc.get_referrers", "gc.get_referents", "sys._current_frames")
MOST = 20


class Looks:
    """Hears of everything until the process ends. `tests` are paths relative to the tree."""

    def __init__(self, record: Any, tests: list[str]) -> None:
        self._base = os.getcwd() + os.sep  # noqa: PTH109  compared as text
        self._tests = [self._base + one for one in tests]
        self._record = record
        self._known: set[tuple[str, int]] = set()
        self._is_busy = False
        if tests:
            sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: Any) -> None:
        if self._is_busy:
            return
        if event not in ("open", "object.__getattr__") and event not in INSIDE:
            return
        self._is_busy = True
        try:
            what = self._looked_at(event, arguments)
            line = self._line(sys._getframe(1)) if what else 0  # noqa: SLF001  there is no other way to it
            if line and (what, line) not in self._known and len(self._known) < MOST:
                self._known.add((what, line))
                self._record.write({"looks": what, "line": line})
        finally:
            self._is_busy = False

    def _looked_at(self, event: str, arguments: Any) -> str:
        """What of the product this event touches; "" for anything else."""
        if event in INSIDE:
            return event
        if event == "open":
            path = self._path(arguments[0])
        elif arguments[1] != "__code__":
            return ""
        else:
            path = self._path(getattr(arguments[0], "__globals__", {}).get("__file__"))
        is_source = path.startswith(self._base) and path.endswith((".py", ".pyc", ".pyx"))
        return path[len(self._base) :] if is_source and path not in self._tests else ""

    def _path(self, path: Any) -> str:
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        return os.path.abspath(path) if isinstance(path, str) else ""  # noqa: PTH100  compared as text

    def _line(self, frame: Any) -> int:
        """The test's line from which this comes with nothing of the product between; 0 if there is none."""
        while frame is not None:
            name = frame.f_code.co_filename
            if name.startswith("<frozen importlib") and frame.f_code.co_name in IMPORTS:
                return 0
            if any(one in name for one in INSPECTS_ITSELF):
                return 0
            path = os.path.join(self._base, name)  # noqa: PTH118  compared as text
            if path.startswith(self._base):
                if path in self._tests:
                    return int(frame.f_lineno)
                if not name.startswith("<"):
                    return 0
            frame = frame.f_back
        return 0
