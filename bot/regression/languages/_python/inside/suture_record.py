"""The recorder's end of the channel to the guard: one sealed JSON value a line, written as the tests run."""

from __future__ import annotations

import hmac
import json
import os
from typing import Any

SHORT = 200  # bytes; lines up to this length are kept beyond the budget
SEAL = 16  # characters


class Record:
    """The channel, opened before any code under test is loaded.

    A line's seal depends on the key and on all lines before it: what others write into the channel shows.
    """

    def __init__(self, descriptor: int, key: bytes, budget: int) -> None:
        self._file, self._budget = descriptor, budget
        self._pid = os.getpid()
        self._encode = json.JSONEncoder(separators=(",", ":")).encode
        self._write = os.write
        self._seal = hmac.new(key, digestmod="sha256")
        self._size = 0

    def write(self, value: dict[str, Any]) -> None:
        """Send one line; forked children send nothing, and beyond the budget only short lines go out."""
        line = self._encode(value).encode()
        if os.getpid() != self._pid:
            return
        if self._size + len(line) > self._budget and len(line) > SHORT:
            line = b'{"cut":true}'
        self._size += len(line)
        self._seal.update(line)
        data = self._seal.copy().hexdigest()[:SEAL].encode() + b" " + line + b"\n"
        while data:
            data = data[self._write(self._file, data) :]

    def has_room(self) -> bool:
        """Is there still room for more than the bare outcomes?"""
        return self._size < self._budget * 0.8


class Seals:
    """The guard's end: tells its recorder's lines from all others."""

    def __init__(self, key: bytes) -> None:
        self._seal = hmac.new(key, digestmod="sha256")

    def opened(self, line: bytes) -> bytes | None:
        """The line without its seal; None when it is not the next line of the recorder."""
        seal, _, rest = line.partition(b" ")
        self._seal.update(rest)
        expected = self._seal.copy().hexdigest()[:SEAL].encode()
        return rest if hmac.compare_digest(seal, expected) else None
