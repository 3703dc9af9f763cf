"""The result file: one JSON value a line, written as the tests run."""

from __future__ import annotations

import json
import os
from typing import Any

BUDGET = 3_600_000  # bytes; the result may have 4 MiB
DETAILS = 3_000_000  # from here on failures lose their message and frames


class Record:
    """The result file, opened once, before any code under test is loaded."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self._pid = os.getpid()
        self._encode = json.JSONEncoder(separators=(",", ":")).encode
        self._write = os.write
        self.size = 0

    def write(self, value: dict[str, Any]) -> None:
        """Append one line; forked children write nothing, and beyond the budget only short lines are kept."""
        line = self._encode(value).encode() + b"\n"
        if os.getpid() != self._pid:
            return
        if self.size + len(line) > BUDGET and len(line) > 200:
            line = b'{"cut":true}\n'
        self.size += len(line)
        self._write(self._file, line)

    def has_room(self) -> bool:
        """Is there still room for more than the bare outcomes?"""
        return self.size < DETAILS
