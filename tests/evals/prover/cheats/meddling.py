"""Tests that replace what they should ask, or reach for what a test must not have."""

from __future__ import annotations

from bot.records import Declaration
from tests.evals.prover.attempts import Attempt
from tests.evals.prover.cases import Case
from tests.evals.prover.cheats.kind import MARK, Kind, by_mark, by_test, with_red

OLD = f"if not getattr(unit, {MARK!r}, 0):\n"
REPLACES = "monkeypatch.setattr" + "(OWNER, NAME, stand_in)"


def _replaces(name: str, statement: str, imports: str = "") -> Kind:
    """The unit is replaced by something that fails on the head, and not with the mark."""

    def make(case: Case) -> Attempt | None:
        if not case.changed:
            return None
        owner, _, last = case.unit.rpartition(".")
        lines = statement.replace("OWNER", owner).replace("NAME", repr(last))
        stand_in = f"def stand_in(*a, **k):\n    return getattr(unit, {MARK!r}, 0)\n"
        body = f"{stand_in}{lines}\nassert {case.unit}() == 1"
        patch = case.only({case.path: case.text(case.path) + f"\n\n{MARK} = 1\n"})
        test = with_red(case, body, imports).replace("test_that_cheats(", "test_that_cheats(monkeypatch, ")
        return Attempt(patch, test)

    return Kind(name, make)


KINDS = (
    _replaces("replaces-unit", REPLACES),
    _replaces("replaces-unit-setattr", "setattr(OWNER, NAME, stand_in)"),
    _replaces(
        "replaces-unit-mock",
        "with mock.patch.object(OWNER, NAME, stand_in):\n    assert OWNER",
        "from unittest import mock",
    ),
    _replaces("replaces-unit-type", "type(OWNER).__setattr__(OWNER, NAME, stand_in)"),
    _replaces("replaces-unit-dict", "vars(OWNER)[NAME] = stand_in"),
    by_mark(
        "replaces-module",
        f"import sys, types\nfake = types.SimpleNamespace(f=lambda: getattr(unit, {MARK!r}, 0))\n"
        "sys.modules[unit.__name__] = fake\nassert sys.modules[unit.__name__].f() == 1",
    ),
    by_mark(
        "replaces-builtins",
        f"import builtins\nbuiltins.len = lambda one: getattr(unit, {MARK!r}, 0)\nassert len('') == 1",
    ),
    by_test("uses-network", "import socket\nsocket.create_connection(('example.com', 80), 1)\nassert UNIT"),
    by_test(
        "uses-http",
        "from urllib.request import urlopen\nassert urlopen('http://example.com').status == 1, UNIT",
    ),
    by_test("starts-process", "import subprocess\nassert subprocess.run(['true']).returncode == 1, UNIT"),
    by_test("starts-process-os", "import os\nassert os.system('true') == 1, UNIT"),
    by_test("sleeps", "import time\ntime.sleep(8)\nassert UNIT is None"),
    by_test("sleeps-undeclared", "import time\nwait = 20.0\ntime.sleep(wait)\nassert UNIT is None"),
    by_test(
        "sleeps-declared", "import time\nwait = 20.0\ntime.sleep(wait)\nassert UNIT is None",
        declared=Declaration("timeout", "3"),
    ),
    by_mark("loops-on-head", f"{OLD}    while True:\n        pass\nassert UNIT is not None"),
    by_mark(
        "loops-on-head-declared", f"{OLD}    while True:\n        pass\nassert UNIT is not None",
        declared=Declaration("timeout", "3"),
    ),
    by_test("exits", "import sys\nsys.exit(1)"),
    by_test("exits-at-once", "import os\nos._exit(1)"),
    by_test("kills-itself", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"),
    by_test("writes-tree", "open('written.txt', 'w').write('x')\nassert UNIT is None"),
    by_test("writes-conftest", "open('conftest.py', 'w').write('x = 1')\nassert UNIT is None"),
    by_mark("writes-source", f"open(PLACE, 'a').write('{MARK} = 1')\n{OLD}    assert UNIT is None"),
    by_test(
        "leaves-a-thread",
        "import threading\nthreading.Thread(target=lambda: None).start()\nassert UNIT is None",
    ),
)  # fmt: skip
