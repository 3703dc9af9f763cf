"""Loaded by every Python that finds this folder on its path: writes down what it starts and whom it calls.

One JSON object a line in the file that WITNESS names. Python tells of it itself, so nothing is missed that a
process of ours does; what other programs start in turn is not seen.
"""

from __future__ import annotations

import json
import os
import sys

FILE = os.environ.get("WITNESS", "")
STARTS = {"subprocess.Popen": 1, "os.exec": 1, "os.posix_spawn": 1, "os.spawn": 2, "os.system": 0}


def words(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return [words(one) for one in value]
    if isinstance(value, dict):
        return {str(words(key)): words(one) for key, one in value.items()}
    return os.fsdecode(value) if isinstance(value, (bytes, os.PathLike)) else value


def witness(event: str, arguments: tuple[object, ...]) -> None:
    if event in STARTS:
        seen = {"event": event, "argv": words(arguments[STARTS[event]]), "env": words(arguments[-1])}
    elif event == "socket.connect":
        seen = {"event": event, "argv": [], "env": None, "address": words(arguments[1])}
    else:
        return
    line = (json.dumps(seen, default=repr) + "\n").encode()
    file = os.open(FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, line)
    finally:
        os.close(file)


if FILE:
    sys.addaudithook(witness)
