"""Start pytest as `python -m pytest` would, with the recorder that leaves outcomes in the result file."""

from __future__ import annotations

import json
import os
import sys
from importlib.util import find_spec

from suture_clock import shift  # type: ignore[import-not-found]  # beside this script, not in a package
from suture_lines import watcher  # type: ignore[import-not-found]  # likewise
from suture_record import Record  # type: ignore[import-not-found]  # likewise

# Plugins that change what a run means: (module, arguments that switch the change off).
NEUTRAL = (
    ("pytest_cov", ("--no-cov",)),  # --cov-fail-under turns a good run into a failed one
    ("xdist", ("-n", "0")),  # tracebacks do not travel between its processes
    ("pytest_rerunfailures", ("-p", "no:rerunfailures")),  # repeats hide what failed
    ("pytest_randomly", ("-p", "no:randomly")),  # head and fixed have to run in the same order
    ("pytest_random_order", ("-p", "no:random_order")),
)


def main(arguments: list[str]) -> int:
    """Run pytest with these arguments in the working folder; its exit code, 4 where pytest is missing."""
    wanted = json.loads(os.environ.pop("SUTURE_RUN"))
    if wanted["clock"]:
        shift(wanted["clock"])
    record = Record(wanted["result"])
    record.write({"nonce": wanted["nonce"], "python": sys.version.split()[0]})
    if find_spec("pytest") is None:
        record.write({"missing": "pytest"})
        return 4
    import pytest  # noqa: PLC0415  only now is it known to be there
    from suture_disguise import Disguise  # type: ignore[import-not-found]  # noqa: PLC0415  likewise
    from suture_options import Options  # type: ignore[import-not-found]  # noqa: PLC0415  likewise
    from suture_order import Order  # type: ignore[import-not-found]  # noqa: PLC0415  likewise
    from suture_plugin import Recorder  # type: ignore[import-not-found]  # noqa: PLC0415  as above; needs pytest

    sys.path[0] = os.getcwd()  # noqa: PTH109  a string, as `python -m pytest` puts it there
    sys.argv = [pytest.__file__.replace("__init__", "__main__"), *arguments]
    neutral = [one for module, options in NEUTRAL if find_spec(module) for one in options]
    recorder = Recorder(record, watcher(wanted["trace"]), wanted["test_timeout"])
    order = [Order(wanted["order"])] if wanted["order"] else []
    disguise = [Disguise(wanted["disguise"])] if wanted["disguise"] else []
    code = int(
        pytest.main([*neutral, *arguments], plugins=[recorder, Options(wanted["options"]), *order, *disguise])
    )
    record.write({"executed": recorder.executed()})
    record.write({"end": code})
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
