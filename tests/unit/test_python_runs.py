"""Python's tests run in the sandbox: what is recorded of them, and which results count."""

from __future__ import annotations

import json
import venv
from pathlib import Path

import pytest

from bot.environments import Environment
from bot.environments.interpreter import interpreter_environment
from bot.errors import EnvironmentUnavailable, SandboxUnavailable
from bot.records import Phase, Run, RunStatus, TestStatus
from bot.regression.languages import TestRequest
from bot.regression.languages.python import Python
from bot.sandbox import Command, Execution, Limits
from bot.sandbox.bubblewrap import Bubblewrap
from tests.lean import lean_python
from tests.unit.trees import plant

PYTHON = Python()
NOWHERE = Environment("key", "/usr/bin/python3", (), "interpreter /usr/bin/python3")


@pytest.fixture(scope="module")
def sandbox() -> Bubblewrap:
    box = Bubblewrap()
    try:
        box.check()
    except SandboxUnavailable as error:
        pytest.skip(f"no sandbox: {error}")
    return box


SHOP = {
    "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "-x --cov=shop -n auto tests"\n',
    "src/shop/__init__.py": (
        "import re\n\ndef price(n):\n    if n < 0:\n        return 1\n    return n\n\n"
        "def slow():\n    return re.match(r'(a+)+$', 'a' * 40 + 'b')\n"
    ),
    "tests/test_shop.py": """
import os, unittest, pytest, shop

def test_good(): assert shop.price(3) == 3
def test_bad(): assert shop.price(-3) == -3
def test_no_raise():
    with pytest.raises(ValueError): shop.price(1)
def test_slow(): shop.slow()
def test_blind():
    assert "SUTURE_RUN" not in os.environ and os.environ["PYTHONHASHSEED"] == "0"
@pytest.fixture
def broken(): raise RuntimeError("set-up")
def test_setup(broken): pass
@pytest.fixture
def late():
    yield
    raise RuntimeError("late")
def test_teardown(late): pass
@pytest.mark.xfail
def test_expected(): assert 0
@pytest.mark.xfail(strict=True)
def test_unexpected(): pass
@pytest.mark.skip(reason="not here")
def test_skipped(): pass
class T(unittest.TestCase):
    def test_unit(self): self.assertEqual(shop.price(1), 2)
""",
    "tests/test_lost.py": "import missing_module\n",
}


def run(
    sandbox: Bubblewrap, tree: Path, *selection: str, timeout: float | None = None, trace: str = ""
) -> Run:
    request = TestRequest(
        "head",
        tree,
        interpreter_environment(lean_python()),
        selection,
        Limits(wall=50),
        test_timeout=timeout,
        trace=(trace,) if trace else (),
    )
    command = PYTHON.command(request)
    return PYTHON.read(request, command, sandbox.run(command))


def test_a_suite_runs_and_every_test_has_its_outcome(sandbox: Bubblewrap, tmp_path: Path) -> None:
    """Phases, real exception names and whole tracebacks; one broken module does not hide the others."""
    seen = run(sandbox, plant(tmp_path, SHOP), timeout=1.0, trace="src/shop/__init__.py")

    assert seen.status is RunStatus.EXITED, seen.output
    assert seen.exit_code == 1
    assert seen.written == ()
    said = {
        one.id.rpartition("::")[2]: (one.status.value, one.phase.value, one.exception)
        for one in seen.outcomes
    }
    assert said == {
        "test_good": ("passed", "call", ""),
        "test_bad": ("failed", "call", "AssertionError"),
        "test_no_raise": ("failed", "call", "Failed"),
        "test_slow": ("failed", "call", "Timeout"),
        "test_blind": ("passed", "call", ""),
        "test_setup": ("error", "setup", "RuntimeError"),
        "test_teardown": ("error", "teardown", "RuntimeError"),
        "test_expected": ("skipped", "call", ""),
        "test_unexpected": ("failed", "call", ""),
        "test_skipped": ("skipped", "setup", ""),
        "test_unit": ("failed", "call", "AssertionError"),
        "tests/test_lost.py": ("error", "collect", "ModuleNotFoundError"),
    }
    slow = seen.outcome("tests/test_shop.py::test_slow")
    assert slow is not None
    assert [(one.path, one.line) for one in slow.frames][:2] == [
        ("tests/test_shop.py", 8),
        ("src/shop/__init__.py", 9),
    ]
    raised = seen.outcome("tests/test_shop.py::test_no_raise")
    assert raised is not None
    assert raised.message.startswith("DID NOT RAISE")
    assert seen.executed == (("src/shop/__init__.py", (3, 4, 5, 6, 8, 9)),)


def test_a_selected_test_runs_alone(sandbox: Bubblewrap, tmp_path: Path) -> None:
    """Paths among the project's own options add nothing; the command can be repeated by hand."""
    seen = run(sandbox, plant(tmp_path, SHOP), "tests/test_shop.py::test_good")

    assert [one.id for one in seen.outcomes] == ["tests/test_shop.py::test_good"]
    assert seen.command == ("python", "-m", "pytest", "-o", "addopts=", "tests/test_shop.py::test_good")


@pytest.mark.parametrize(
    ("conftest", "exception"), [("import missing_module", "ModuleNotFoundError"), ("def x(:", "SyntaxError")]
)
def test_a_broken_conftest_is_a_collection_error(
    sandbox: Bubblewrap, tmp_path: Path, conftest: str, exception: str
) -> None:
    """Even before there is a session, its reason is an outcome that a gate can show."""
    tree = plant(tmp_path, {"conftest.py": conftest, "tests/test_a.py": "def test(): pass\n"})

    seen = run(sandbox, tree, "tests/test_a.py")

    assert seen.status is RunStatus.EXITED, seen.output
    only = seen.outcomes[0]
    assert (only.id, only.status, only.phase) == ("conftest.py", TestStatus.ERROR, Phase.COLLECT)
    assert only.exception == exception


def test_a_name_error_in_the_chosen_test_is_a_collection_error(sandbox: Bubblewrap, tmp_path: Path) -> None:
    """Choosing a test by id in a module that does not load is no usage fault of ours."""
    tree = plant(tmp_path, {"tests/test_a.py": "undefined\ndef test(): pass\n"})

    seen = run(sandbox, tree, "tests/test_a.py::test")

    assert [(one.status, one.phase, one.exception) for one in seen.outcomes] == [
        (TestStatus.ERROR, Phase.COLLECT, "NameError")
    ]


def test_options_of_plugins_that_are_not_there(sandbox: Bubblewrap, tmp_path: Path) -> None:
    """Options of a missing plugin do not keep the tests from running; those that are known still count."""
    options = "--strict-config --not-there=yes --also-not -p no:cacheprovider --strict-markers --durations=3"
    conftest = "def pytest_addoption(parser):\n    parser.addoption('--of-ours', default='unset')\n"
    test = "def test(request):\n    assert request.config.getoption('--of-ours') == 'set'\n"
    ini = f"[pytest]\nnot_known = 1\naddopts = {options} --of-ours=set\n"
    tree = plant(tmp_path, {"pytest.ini": ini, "conftest.py": conftest, "tests/test_a.py": test})

    seen = run(sandbox, tree, "tests/test_a.py")

    assert [one.status for one in seen.outcomes] == [TestStatus.PASSED], seen.output


def test_nothing_collected_is_an_empty_run(sandbox: Bubblewrap, tmp_path: Path) -> None:
    """Exit code 5 is a whole run without outcomes."""
    seen = run(sandbox, plant(tmp_path, {"tests/test_a.py": ""}))

    assert (seen.status, seen.exit_code, seen.outcomes) == (RunStatus.EXITED, 5, ())


def test_the_tree_is_imported_and_not_an_editable_install(sandbox: Bubblewrap, tmp_path: Path) -> None:
    """An editable install leads to the working tree; that is neither imported nor shown."""
    where = "import shop, os\ndef test():\n    assert shop.__file__ == '/tree/src/shop.py'\n"
    where += f"    assert not os.path.exists({str(tmp_path / 'working/src')!r})\n"
    tree = plant(tmp_path / "tree", {"src/shop.py": "", "tests/test_a.py": where})
    working = plant(tmp_path / "working", {"src/shop.py": ""})
    venv.create(tmp_path / "venv", symlinks=True)
    (tmp_path / "venv").chmod(0o755)
    site = next((tmp_path / "venv/lib").glob("python3.*/site-packages"))
    (site / "__editable__.shop.pth").write_text(f"{working / 'src'}\n{Path(pytest.__file__).parent.parent}\n")
    environment = interpreter_environment(tmp_path / "venv", hidden=(working,))
    request = TestRequest("head", tree, environment)
    command = PYTHON.command(request)

    seen = PYTHON.read(request, command, sandbox.run(command))

    assert [one.status for one in seen.outcomes] == [TestStatus.PASSED], seen.output


def test_an_interpreter_without_pytest_is_named(sandbox: Bubblewrap, tmp_path: Path) -> None:
    """The user reads what to do, and no run looks clean."""
    plant(tmp_path, {"tests/test_a.py": "def test(): pass\n"})
    request = TestRequest("head", tmp_path, interpreter_environment("/usr/bin/python3"))
    command = PYTHON.command(request)
    bare = Command(
        (command.argv[0], "-S", *command.argv[1:]), command.source, command.read_only, command.variables
    )

    with pytest.raises(
        EnvironmentUnavailable, match=r"pytest is not installed in interpreter /usr/bin/python3"
    ):
        PYTHON.read(request, bare, sandbox.run(bare))


def judge(lines: list[object], code: int, *, nonce: str = "n") -> RunStatus:
    request = TestRequest("head", Path("/nowhere"), NOWHERE)
    command = Command(("python",), Path("/nowhere"), variables={"SUTURE_RUN": '{"nonce": "n"}'})
    data = b"\n".join(json.dumps(one).encode() for one in [{"nonce": nonce}, *lines])
    return PYTHON.read(request, command, Execution(RunStatus.EXITED, code, result=data)).status


COLLECTED = {"file": "t.py", "tests": ["::a"]}
GOOD = {"test": 0, "phase": "call", "status": "passed", "seconds": 0.1}
BAD = {
    "test": 0,
    "phase": "call",
    "status": "failed",
    "exception": "AssertionError",
    "frames": [["t.py", 1, "a"]],
}


@pytest.mark.parametrize(
    ("lines", "code", "status"),
    [
        ([COLLECTED, GOOD, {"end": 0}], 0, RunStatus.EXITED),
        ([COLLECTED, BAD, {"end": 1}], 1, RunStatus.EXITED),
        ([COLLECTED, BAD, {"end": 0}], 0, RunStatus.LOST),
        ([COLLECTED, GOOD, {"end": 1}], 1, RunStatus.LOST),
        ([COLLECTED, GOOD, {"end": 0}], 1, RunStatus.LOST),
        ([COLLECTED, {"end": 0}], 0, RunStatus.LOST),
        ([COLLECTED, GOOD], 0, RunStatus.LOST),
        ([COLLECTED, GOOD, {"cut": True}, {"end": 0}], 0, RunStatus.LOST),
        ([{"end": 3}], 3, RunStatus.LOST),
        ([{"end": 4}], 4, RunStatus.LOST),
        ([{"end": 5}], 5, RunStatus.EXITED),
        ([{"test": 7, "phase": "call", "status": "passed"}, {"end": 0}], 0, RunStatus.LOST),
        ([{"test": 0, "phase": "lunch", "status": "passed"}, {"end": 0}], 0, RunStatus.LOST),
        ([3], 0, RunStatus.LOST),
    ],
)
def test_results_count_only_when_they_agree(lines: list[object], code: int, status: RunStatus) -> None:
    """Missing ends, unknown tests, cut lines and contradictions with the exit code are all inconclusive."""
    assert judge(lines, code) is status


def test_results_without_our_nonce_are_lost() -> None:
    """Whoever wrote the file, it was not our recorder of this run."""
    assert judge([COLLECTED, GOOD, {"end": 0}], 0, nonce="guessed") is RunStatus.LOST


def test_output_is_printable_and_short() -> None:
    """Control characters and escapes never reach a terminal or a comment."""
    request = TestRequest("head", Path("/nowhere"), NOWHERE)
    command = Command(("python",), Path("/nowhere"), variables={"SUTURE_RUN": '{"nonce": "n"}'})
    loud = Execution(
        RunStatus.TIMEOUT, None, stdout=b"x" * 50_000 + b"\x1b[31mred\x07\x00", stderr=b"\xffend"
    )

    seen = PYTHON.read(request, command, loud)

    assert seen.status is RunStatus.TIMEOUT
    assert len(seen.output) <= 8_000
    assert seen.output.endswith("red\n\N{REPLACEMENT CHARACTER}end")
