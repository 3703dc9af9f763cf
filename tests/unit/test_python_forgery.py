"""What the code under test may try, so that a run says something else than what was seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.environments.interpreter import interpreter_environment
from bot.errors import SandboxUnavailable
from bot.records import Run, RunStatus, TestStatus
from bot.regression.languages import TestRequest
from bot.regression.languages.python import Python
from bot.sandbox import Limits
from bot.sandbox.bubblewrap import Bubblewrap
from tests.lean import lean_python
from tests.unit.trees import plant

PYTHON = Python()
RED = "def test_red(): assert False\n"
FIND_CHANNEL = """
import os, stat
def channels():
    for name in range(3, 64):
        try:
            if stat.S_ISFIFO(os.fstat(name).st_mode): yield name
        except OSError: pass
"""


@pytest.fixture(scope="module")
def sandbox() -> Bubblewrap:
    box = Bubblewrap()
    try:
        box.check()
    except SandboxUnavailable as error:
        pytest.skip(f"no sandbox: {error}")
    return box


def run(sandbox: Bubblewrap, tree: Path, *, wall: float = 50, test_timeout: float | None = None) -> Run:
    request = TestRequest(
        "head",
        tree,
        interpreter_environment(lean_python()),
        limits=Limits(wall=wall),
        test_timeout=test_timeout,
    )
    command = PYTHON.command(request)
    return PYTHON.read(request, command, sandbox.run(command))


ENDS = {
    "exit": "import os\ndef test(): os._exit(0)\n",
    "replaced": "import os\ndef test(): os.execv('/bin/true', ['true'])\n",
    "killed": "import os\ndef test(): os.kill(os.getpid(), 9)\n",
    "session": "import pytest\ndef test(): pytest.exit('done', returncode=0)\n",
}


@pytest.mark.parametrize("how", ENDS)
def test_who_ends_the_process_has_failed_and_the_others_are_run(
    sandbox: Bubblewrap, tmp_path: Path, how: str
) -> None:
    """The test that left is in error; no exit code of its own makes it pass, or hides another's failure."""
    files = {"tests/test_a.py": ENDS[how], "tests/test_b.py": RED + "def test_green(): pass\n"}

    seen = run(sandbox, plant(tmp_path, files))

    assert (seen.status, seen.exit_code) == (RunStatus.EXITED, 1), seen.output
    said = {one.id: (one.status.value, one.exception) for one in seen.outcomes}
    assert said == {
        "tests/test_a.py::test": ("error", "ProcessEnded"),
        "tests/test_b.py::test_red": ("failed", "AssertionError"),
        "tests/test_b.py::test_green": ("passed", ""),
    }


@pytest.mark.parametrize("how", ["import sys; sys.exit(0)\n", "import os; os._exit(0)\n"])
def test_a_file_that_ends_the_process_when_loaded_is_in_error(
    sandbox: Bubblewrap, tmp_path: Path, how: str
) -> None:
    """It loses its own tests alone."""
    files = {"tests/test_a.py": f"{how}def test(): pass\n", "tests/test_b.py": "def test_green(): pass\n"}

    seen = run(sandbox, plant(tmp_path, files))

    assert seen.status is RunStatus.EXITED, seen.output
    assert {one.id: one.status for one in seen.outcomes} == {
        "tests/test_a.py": TestStatus.ERROR,
        "tests/test_b.py::test_green": TestStatus.PASSED,
    }


LIES = {
    "a line without a seal": f"""{FIND_CHANNEL}
def test_red():
    line = b'{{"test":0,"phase":"call","status":"passed"}}'
    for one in channels(): os.write(one, b"0" * 16 + b" " + line + b"\\n")
    assert False
""",
    "a line without an end": f"""{FIND_CHANNEL}
def test_red():
    for one in channels(): os.write(one, b"x")
    assert False
""",
    "another exit code": """
import os
real = os._exit
def test_red():
    os._exit = lambda code: real(0)
    assert False
""",
    "the watcher is killed": """
import os
def test_red():
    open("/out/result", "w").write("{}")
    os.kill(os.getppid(), 9)
""",
}


@pytest.mark.parametrize("how", LIES)
def test_a_run_that_contradicts_itself_is_lost(sandbox: Bubblewrap, tmp_path: Path, how: str) -> None:
    """Lines that are not the recorder's, missing ones, and an exit code that does not fit: nothing counts."""
    seen = run(sandbox, plant(tmp_path, {"tests/test_a.py": LIES[how]}))

    assert (seen.status, seen.outcomes) == (RunStatus.LOST, ()), seen.output


WRITES = {
    "the file": """
import os
def test_red():
    with open("/out/result", "w") as file: file.write('{"nonce": "x"}\\n{"end": 0}\\n')
    assert False
""",
    "a folder in its place": """
import os
def test_red():
    os.makedirs("/out/result/x"); os.chmod("/out", 0o500)
    assert False
""",
    "at the exit": """
import atexit, os
def test_red():
    atexit.register(lambda: os._exit(0))
    assert False
""",
    "by a thread": """
import os, threading, time
def forge():
    while True:
        open("/out/result", "w").write("{}")
        time.sleep(0.001)
def test_red():
    threading.Thread(target=forge, daemon=True).start()
    assert False
""",
    "by a process that stays": """
import os, subprocess, sys
def test_red():
    text = "import time\\nwhile True: open('/out/result', 'w').write('{}'); time.sleep(0.001)"
    subprocess.Popen([sys.executable, "-c", text], start_new_session=True)
    assert False
""",
    "what hooks make of it": """
import pytest
def test_red(): assert False
""",
}
HOOKS = """
import pytest
@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    report.outcome, report.longrepr = "passed", None
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    (yield).force_result(None)
"""


@pytest.mark.parametrize("how", WRITES)
def test_what_failed_is_told_as_failed(sandbox: Bubblewrap, tmp_path: Path, how: str) -> None:
    """Whoever writes to the result file, the guard writes last, and alone; hooks change no report of ours."""
    files = {"tests/test_a.py": WRITES[how]}
    if how == "what hooks make of it":
        files["conftest.py"] = HOOKS

    seen = run(sandbox, plant(tmp_path, files))

    statuses = {one.id: one.status for one in seen.outcomes}
    assert seen.status is RunStatus.LOST or statuses == {"tests/test_a.py::test_red": TestStatus.FAILED}
    if how != "what hooks make of it":  # there the exit code says 0, and so contradicts
        assert seen.status is RunStatus.EXITED, seen.output


def test_without_the_recorder_nothing_passes(sandbox: Bubblewrap, tmp_path: Path) -> None:
    """A test that removes it is in error: nothing was reported of it."""
    text = """
def test_red(request):
    manager = request.config.pluginmanager
    for one in list(manager.get_plugins()):
        if type(one).__name__ == "Recorder": manager.unregister(one)
    assert False
"""
    seen = run(sandbox, plant(tmp_path, {"tests/test_a.py": text}))

    assert [one.status for one in seen.outcomes] == [TestStatus.ERROR], seen.output


def test_the_guard_cannot_be_looked_into(sandbox: Bubblewrap, tmp_path: Path) -> None:
    """Its memory and its variables are closed to the tests, and the request is in no variable of theirs."""
    text = """
import os, pytest
@pytest.mark.parametrize("name", ["environ", "mem", "fd/0"])
def test(name):
    with pytest.raises(PermissionError): open(f"/proc/{os.getppid()}/{name}", "rb").read(1)
    assert b"SUTURE" not in open("/proc/self/environ", "rb").read()
"""
    seen = run(sandbox, plant(tmp_path, {"tests/test_a.py": text}))

    assert [one.status for one in seen.outcomes] == [TestStatus.PASSED] * 3, seen.output


def test_modules_of_the_tree_do_not_stand_in_for_ours(sandbox: Bubblewrap, tmp_path: Path) -> None:
    """The recorder is loaded before the tree can be imported from."""
    names = ("json.py", "hmac.py", "suture_record.py", "usercustomize.py")
    files = dict.fromkeys(names, "raise SystemExit(0)\n")

    seen = run(sandbox, plant(tmp_path, {**files, "tests/test_a.py": RED}))

    assert [one.status for one in seen.outcomes] == [TestStatus.FAILED], seen.output


def test_a_run_that_is_ended_keeps_what_was_reported(sandbox: Bubblewrap, tmp_path: Path) -> None:
    """The status stays a timeout, and the notes name the test that was running."""
    text = "import time\ndef test_green(): pass\ndef test_slow(): time.sleep(60)\ndef test_late(): pass\n"

    seen = run(sandbox, plant(tmp_path, {"tests/test_a.py": text}), wall=12)

    assert (seen.status, seen.exit_code) == (RunStatus.TIMEOUT, None)
    assert [(one.id, one.status) for one in seen.outcomes] == [
        ("tests/test_a.py::test_green", TestStatus.PASSED)
    ]
    assert "ended in tests/test_a.py::test_slow (call)" in seen.output


def test_a_test_that_ignores_its_timer_is_ended_from_outside(sandbox: Bubblewrap, tmp_path: Path) -> None:
    """It has failed with a timeout, and the others are run."""
    text = """
import signal
def test_deaf():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    while True: pass
def test_green(): pass
"""
    seen = run(sandbox, plant(tmp_path, {"tests/test_a.py": text}), test_timeout=1.0)

    assert seen.status is RunStatus.EXITED, seen.output
    assert {one.id.rpartition("::")[2]: (one.status.value, one.exception) for one in seen.outcomes} == {
        "test_deaf": ("failed", "Timeout"),
        "test_green": ("passed", ""),
    }


OPTIONS = {
    "unknown": ("[pytest]\naddopts = --force-sugar -ra --not=here\n", "without --force-sugar --not=here"),
    "a plugin": ("[pytest]\naddopts = -p no_such_plugin -ra\n", "without -p no_such_plugin"),
    "required": ("[pytest]\nrequired_plugins = pytest-nothing\n", "required plugins"),
    "strict": ("[pytest]\naddopts = --strict-config\nnothing_we_know = 30\n", ""),
    "errors": ("[pytest]\naddopts = -W error\ntimeout = 30\n", ""),
}  # fmt: skip


@pytest.mark.parametrize("how", OPTIONS)
def test_options_that_pytest_does_not_know_here_stop_no_run(
    sandbox: Bubblewrap, tmp_path: Path, how: str
) -> None:
    """What it does not understand is left out, and said in the command and the output."""
    config, note = OPTIONS[how]

    seen = run(sandbox, plant(tmp_path, {"pytest.ini": config, "tests/test_a.py": RED}))

    assert [one.status for one in seen.outcomes] == [TestStatus.FAILED], seen.output
    assert note in seen.output
    assert ("-ra" in " ".join(seen.command)) == (how in ("unknown", "a plugin"))
