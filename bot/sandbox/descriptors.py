"""File descriptors of one run: closed together at its end, whatever happened."""

from __future__ import annotations

import contextlib
import os
import socket
from types import TracebackType
from typing import Self


class Descriptors:
    """Opens descriptors and owns them: leaving the `with` closes all that are still open."""

    def __init__(self) -> None:
        self._open: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for fd in self._open:
            with contextlib.suppress(OSError):  # nothing can be done about a descriptor that does not close
                os.close(fd)
        self._open.clear()

    def _own(self, *fds: int) -> None:
        self._open.update(fds)

    def pipe(self) -> tuple[int, int]:
        """(read end, write end)."""
        pair = os.pipe()
        self._own(*pair)
        return pair

    def channel(self) -> tuple[int, int]:
        """The two ends of a stream that goes both ways."""
        one, other = (end.detach() for end in socket.socketpair())
        self._own(one, other)
        return one, other

    def memory_file(self, content: bytes) -> int:
        """A file in memory, at its start."""
        fd = os.memfd_create("suture")
        self._own(fd)
        with os.fdopen(fd, "wb", closefd=False) as file:
            file.write(content)
        os.lseek(fd, 0, os.SEEK_SET)
        return fd

    def process(self, pid: int) -> int:
        """Means this process and no later one with its number. ProcessLookupError: it is gone."""
        fd = os.pidfd_open(pid)
        self._own(fd)
        return fd

    def close(self, fd: int) -> None:
        """Close one before the end."""
        self._open.remove(fd)
        os.close(fd)
