"""Started by the guard: pytest as `python -m pytest` would run it, with our recorder."""

from __future__ import annotations

import json
import os
import resource
import sys
from contextlib import suppress
from importlib.util import find_spec

from suture_clock import shift  # type: ignore[import-not-found]  # beside this script, not in a package
from suture_lines import watcher  # type: ignore[import-not-found]  # likewise
from suture_looks import Looks  # type: ignore[import-not-found]  # likewise
from suture_record import Record  # type: ignore[import-not-found]  # likewise

# Plugins that change what a run means: (module, arguments that switch the change off).
NEUTRAL = (
    ("pytest_cov", ("--no-cov",)),  # --cov-fail-under turns a good run into a failed one
    ("xdist", ("-n", "0")),  # tracebacks do not travel between its processes
    ("pytest_rerunfailures", ("-p", "no:rerunfailures")),  # repeats hide what failed
    ("pytest_randomly", ("-p", "no:randomly")),  # head and fixed have to run in the same order
    ("pytest_random_order", ("-p", "no:random_order")),
)


def main(inward: int, outward: int) -> int:
    """Run pytest in the working folder as the guard says; its exit code, 4 where pytest is missing."""
    with os.fdopen(inward) as file:
        told = json.load(file)
    os.set_inheritable(outward, False)
    limit_memory(told["memory"])
    record = Record(outward, bytes.fromhex(told.pop("key")), told["budget"])
    if told["clock"]:
        shift(told["clock"])
    if find_spec("pytest") is None:
        record.write({"missing": "pytest"})
        record.write({"end": 4})
        return 4
    import pytest  # noqa: PLC0415  only now is it known to be there
    from suture_disguise import Disguise  # type: ignore[import-not-found]  # noqa: PLC0415  likewise
    from suture_options import Options  # type: ignore[import-not-found]  # noqa: PLC0415  likewise
    from suture_order import Order  # type: ignore[import-not-found]  # noqa: PLC0415  likewise
    from suture_plugin import Recorder  # type: ignore[import-not-found]  # noqa: PLC0415  as above; needs pytest

    Looks(record, told["readers"])
    # The tree is imported from only now, so that no module of its own stands in for one of ours
    sys.path[:1] = [os.getcwd(), *told["python_path"].split(":")]  # noqa: PTH109  a string, as `-m pytest` does
    os.environ["PYTHONPATH"] = told["python_path"]
    sys.argv = [pytest.__file__.replace("__init__", "__main__"), *told["arguments"]]
    neutral = [one for module, options in NEUTRAL if find_spec(module) for one in options]
    recorder = Recorder(
        record, watcher(told["trace"]), told["test_timeout"], told["done"], told["lost_files"]
    )
    order = [Order(told["order"])] if told["order"] else []
    disguise = [Disguise(told["disguise"])] if told["disguise"] else []
    options = Options(told["options"], record)
    code = int(pytest.main([*neutral, *told["arguments"]], plugins=[recorder, options, *order, *disguise]))
    record.write({"executed": recorder.executed()})
    record.write({"end": code})
    return code


def limit_memory(size: int) -> None:
    """Have one process that wants it all fail to get it, before the kernel ends the whole run for it."""
    with suppress(OSError, ValueError):  # a limit is lower already
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (int(size * 0.85), hard))


def leave(code: int) -> None:
    """End at once: what tests registered for the exit, and the threads they left, do not run any more."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # a test may have closed or replaced it
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    leave(main(int(sys.argv[1]), int(sys.argv[2])))
