"""One start of pytest in a process of its own, and what the guard sees of it from outside."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import time
from typing import Any

from suture_record import Seals  # type: ignore[import-not-found]  # beside this script, not in a package

GRACE = 5.0  # seconds after its time in which a test's own timer has to have ended it
POLL = 0.1
HEARD = 16_384  # bytes of the start of stderr that are looked at for pytest's own words
CHUNK = 65_536
NOT_EXITED = -1
START = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run.py")  # noqa: PTH100, PTH118, PTH120  no pathlib: fast


class Seen:
    """What became of one start."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []  # the recorder's, without the seals
        self.ids: list[str] = []  # collected tests
        self.reported: set[str] = set()
        self.at: tuple[str, str] | None = None  # (test or file, phase) in which it is
        self.taken: list[str] = []  # options of plugins that are not there
        self.is_collected = False
        self._has_begun = False  # to collect
        self.has_failed_early = False  # a conftest could not be loaded
        self.is_sound = True
        self.end: int | None = None  # the exit code that the recorder announced
        self.code = NOT_EXITED  # the one that the process had
        self.stopped = ""  # "" it ended by itself, "run" at the deadline, "test" for one test's time
        self.heard = b""

    def take(self, line: bytes) -> None:
        """Note one line of the recorder."""
        value: dict[str, Any] = json.loads(line)
        if "at" in value:
            self._has_begun = True
            self.at = (self._name(value["at"]), value["phase"]) if value["phase"] else None
            return
        self.lines.append(line)
        if "taken" in value:
            self.taken = value["taken"]
        elif "file" in value:
            self.ids += [value["file"] + one for one in value["tests"]]
        elif "collected" in value:
            self.is_collected, self.at = True, None
        elif "collect" in value:
            early = value["status"] == "error" and not self._has_begun
            self.has_failed_early = self.has_failed_early or early
        elif "test" in value and (value["phase"] == "call" or value["status"] != "passed"):
            self.reported.add(self._name(value["test"]))
        elif "end" in value:
            self.end = value["end"]

    def _name(self, test: Any) -> str:
        return self.ids[test] if isinstance(test, int) else str(test)

    @property
    def is_honest(self) -> bool:
        """Did it end by itself, with the exit code that the recorder announced?"""
        return self.is_sound and not self.stopped and self.end is not None and self.end == self.code

    @property
    def missing(self) -> set[str]:
        """Collected tests of which nothing was reported."""
        return set(self.ids) - self.reported


class Child:
    """A start of `run.py`. Its instructions go in by one pipe, the recorder's lines come out by another."""

    def __init__(self, instructions: dict[str, Any], variables: dict[str, str], program: str) -> None:
        key = os.urandom(16)
        self._seals = Seals(key)
        inward, self._instruct = os.pipe()
        self._channel, outward = os.pipe()
        self._stderr, errors = os.pipe()
        for descriptor in (inward, outward):
            os.set_inheritable(descriptor, True)
        self._pid = os.posix_spawn(
            program,
            [program, START, str(inward), str(outward)],
            variables,
            file_actions=[(os.POSIX_SPAWN_DUP2, errors, 2)],
        )
        for descriptor in (inward, outward, errors):
            os.close(descriptor)
        with contextlib.suppress(BrokenPipeError), os.fdopen(self._instruct, "w") as file:
            json.dump({**instructions, "key": key.hex()}, file)
        self._rest = b""
        self.seen = Seen()
        self._since = time.monotonic()

    def to_the_end(self, deadline: float, test_limit: float | None) -> Seen:
        """Read until it has ended, or end it: at the deadline, or when one test does not obey its timer."""
        opened = {self._channel: self._take, self._stderr: self._hear}
        while self.seen.code == NOT_EXITED:
            self._read(opened, POLL if self._channel in opened else POLL / 10)
            self._reap(os.WNOHANG)
            if self.seen.code == NOT_EXITED and self._is_over(deadline, test_limit):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._pid, signal.SIGKILL)
                self._reap(0)
        while self._read(opened, 0):  # what it had written before its end; others may hold the pipes open
            pass
        for descriptor in (self._channel, self._stderr):
            os.close(descriptor)
        self.seen.is_sound = self.seen.is_sound and not (self._rest and not self.seen.stopped)
        return self.seen

    def _is_over(self, deadline: float, test_limit: float | None) -> bool:
        now = time.monotonic()
        if now > deadline:
            self.seen.stopped = "run"
        elif (
            test_limit
            and self.seen.at
            and self.seen.at[1] == "call"
            and now > self._since + test_limit + GRACE
        ):
            self.seen.stopped = "test"
        return bool(self.seen.stopped)

    def _reap(self, options: int) -> None:
        pid, status = os.waitpid(self._pid, options)
        if pid:
            exited = os.WIFEXITED(status)
            self.seen.code = os.WEXITSTATUS(status) if exited else 128 + os.WTERMSIG(status)

    def _read(self, opened: dict[int, Any], seconds: float) -> bool:
        """Read what is there, once; is anything?"""
        ready = select.select(list(opened), [], [], seconds)[0]
        for descriptor in ready:
            data = os.read(descriptor, CHUNK)
            if data:
                opened[descriptor](data)
            else:
                del opened[descriptor]
        return bool(ready)

    def _hear(self, data: bytes) -> None:
        self.seen.heard = (self.seen.heard + data)[:HEARD]
        while data:
            data = data[os.write(2, data) :]

    def _take(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            opened = self._seals.opened(line) if self.seen.is_sound else None
            if opened is None:
                self.seen.is_sound = False
                return
            before = self.seen.at
            self.seen.take(opened)
            if self.seen.at != before:
                self._since = time.monotonic()
