"""Runs pytest in a process of its own, watches it from outside, and alone writes the result file.

It loads nothing of the repository or of its environment (`-I -S`). A project's options that keep pytest from
starting are left out; a test or a file that ends the whole run is noted, and the rest runs without it; a run
that does not end within its time keeps what was reported.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import sys
import time
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120  -I leaves it out

from suture_child import Child, Seen  # type: ignore[import-not-found]  # found by the line above
from suture_relax import Options  # type: ignore[import-not-found]  # likewise

STOPPED = 124  # exit code of a run that was ended at its deadline
FAILED, INTERNAL, USAGE = 1, 3, 4  # exit codes of pytest
OUT_OF_CPU = 128 + signal.SIGXCPU
MOST_CULPRITS = 5
NOT_DUMPABLE = 4  # PR_SET_DUMPABLE
FEWEST = 2.0  # seconds that a further start is worth


class Suite:
    """One request, in as many starts of pytest as it takes."""

    def __init__(self, wanted: dict[str, Any], arguments: list[str], deadline: float) -> None:
        self._wanted, self._arguments, self._deadline = wanted, arguments, deadline
        self._options = Options(wanted["addopts"], wanted["is_changed"])
        self._selection: list[str] = wanted["selection"]
        self._done: set[str] = set()
        self._lost_files: list[str] = []
        self._culprits = 0
        self._size = 0
        self.lines: list[bytes] = []

    def run(self) -> int:
        """The exit code of it all; `lines` are then the result."""
        while True:
            seen = self._start()
            if not seen.is_sound:
                self._note({"tampered": True})
                return FAILED
            if self._relaxes(seen):
                continue
            self.lines += [b'{"start":true}', *(one for one in seen.lines if not one.startswith(b'{"end"'))]
            self._size += sum(map(len, seen.lines))
            if seen.stopped == "run" or seen.code == OUT_OF_CPU:
                return self._stop(seen)
            if not self._blames(seen):
                return self._close(seen)
            if self._is_late():
                return self._stop(seen)

    def _start(self) -> Seen:
        told = {
            name: self._wanted[name]
            for name in ("trace", "readers", "test_timeout", "options", "order", "clock", "disguise")
        }
        told.update(arguments=[*self._arguments, *self._options.arguments(), *self._selection])
        told.update(done=sorted(self._done), lost_files=self._lost_files)
        told.update(python_path=os.environ["PYTHONPATH"], memory=self._wanted["memory"])
        told.update(budget=self._wanted["budget"] - self._size)
        variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        seen: Seen = Child(told, variables, sys.executable).to_the_end(
            self._deadline, self._wanted["test_timeout"]
        )
        return seen

    def _relaxes(self, seen: Seen) -> bool:
        """Is it to be started again, with less of the project's options?"""
        if seen.stopped or seen.has_failed_early or self._culprits or self._is_late():
            return False
        if seen.is_honest and (seen.code == INTERNAL or (seen.code == USAGE and seen.is_collected)):
            return bool(self._options.calm("pytest broke off"))
        has_begun = seen.is_collected or seen.at is not None
        if (
            has_begun
            or (seen.is_honest and seen.code in (0, FAILED))
            or b'{"missing"' in b"".join(seen.lines)
        ):
            return False
        return bool(self._options.relax(seen.heard.decode(errors="replace")))

    def _blames(self, seen: Seen) -> bool:
        """Name the test or the file that ended the run; is there more to run without it?"""
        if seen.at is None or (seen.is_honest and not seen.missing) or self._culprits == MOST_CULPRITS:
            return False
        self._culprits += 1
        name, phase = seen.at
        how = {"exception": "ProcessEnded", "message": f"it ended the whole run with exit code {seen.code}"}
        if seen.stopped:
            how = {
                "exception": "Timeout",
                "message": f"ended from outside after {self._wanted['test_timeout']:g} s",
            }
        status = "failed" if seen.stopped and phase == "call" else "error"
        if phase == "collect":
            self._lost_files.append(name)
            self._selection = [one for one in self._selection if one.partition("::")[0] != name]
            self._note({"collect": name, "status": "error", **how})
            return bool(self._selection or not self._wanted["selection"])
        self._note({"test": name, "phase": phase, "status": status, **how})
        self._done |= {*seen.reported, name}
        return bool(set(seen.ids) - self._done)

    def _stop(self, seen: Seen) -> int:
        notes = [f"until it was ended in {seen.at[0]} ({seen.at[1]})"] if seen.at else ["until it was ended"]
        self._describe(seen, notes)
        self._note({"stopped": True})
        return STOPPED

    def _close(self, seen: Seen) -> int:
        """The lines at the end."""
        if self._culprits:
            code = FAILED
        elif seen.is_honest:
            code = seen.code
        else:
            self._note({"contradiction": [seen.end, seen.code]})
            return FAILED
        self._describe(seen, [])
        self._note({"end": code})
        return int(code)

    def _describe(self, seen: Seen, notes: list[str]) -> None:
        """How to repeat it by hand, and what to know of it."""
        self._options.drop(seen.taken)
        arguments = [*self._options.arguments(), *self._selection]
        self._note({"arguments": arguments, "notes": [*self._options.notes, *notes]})

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline - FEWEST

    def _note(self, value: dict[str, Any]) -> None:
        self.lines.append(json.dumps(value).encode())


def hide() -> None:
    """Let no other process of this user read our memory, variables or descriptors."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(NOT_DUMPABLE, 0, 0, 0, 0)


def age() -> float:
    """Seconds since the sandbox's first process began; 0 where that cannot be known."""
    try:
        with open("/proc/1/stat", "rb") as file:  # noqa: PTH123  no pathlib: this has to start fast
            ticks = int(file.read().rpartition(b")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0.0
    return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))


def end_all_others() -> None:
    """In a sandbox, whose first process started us: nothing of the code under test lives on."""
    if os.getppid() != 1 or os.getuid() == 0 or os.getcwd() != "/tree":  # noqa: PTH109  compared as text
        return
    for _ in range(3):
        with contextlib.suppress(ProcessLookupError):  # nobody is left
            os.kill(-1, signal.SIGKILL)
        time.sleep(0.01)


def leave(path: str, lines: list[bytes]) -> None:
    """Write the result file in place of whatever the code under test put there."""
    end_all_others()
    folder = os.path.dirname(path)  # noqa: PTH120  as above
    os.chmod(folder, 0o700)  # noqa: PTH101  as above
    for entry in list(os.scandir(folder)):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            os.unlink(entry.path)  # noqa: PTH108  as above
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(line + b"\n" for line in lines)


def main(arguments: list[str]) -> int:
    """Run the suite that SUTURE_RUN describes; the exit code of pytest, or STOPPED."""
    hide()
    wanted = json.loads(os.environ.pop("SUTURE_RUN"))
    suite = Suite(wanted, arguments, time.monotonic() + wanted["wall"] - age())
    code = suite.run()
    leave(wanted["result"], [json.dumps({"nonce": wanted["nonce"]}).encode(), *suite.lines])
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
