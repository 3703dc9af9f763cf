"""What a configuration asks of the runs of tests reaches them, and nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import Config
from bot.config.files import TestsPart
from bot.config.read import read_config
from bot.environments.asked import as_asked
from bot.environments.interpreter import interpreter_environment
from bot.errors import SandboxUnavailable
from bot.records import TestStatus
from bot.regression.languages import TestRequest
from bot.regression.languages.python import Python
from bot.sandbox import Limits
from bot.sandbox.bubblewrap import Bubblewrap
from tests.lean import lean_python
from tests.unit.trees import plant

CONFTEST = "def pytest_addoption(parser):\n    parser.addoption('--of-ours', default='unset')\n"
SEEN = """
import os

def test_seen(request):
    assert os.environ["ACME_MODE"] == "a test"
    assert request.config.getoption("--of-ours") == "set"

def test_slow_deselected():
    assert False
"""


def asked(folder: Path, text: str) -> Config:
    return read_config(plant(folder, {".github/suture.yml": text}))


def test_variables_and_options_reach_the_tests(tmp_path: Path):
    """Beside the project's own options, and cleaned like those; the environment has another key."""
    box = Bubblewrap()
    try:
        box.check()
    except SandboxUnavailable as error:
        pytest.skip(f"no sandbox: {error}")
    tests = asked(
        tmp_path / "base",
        "tests:\n  environment: {ACME_MODE: a test}\n"
        "  options: [--of-ours=set, -x, -k, not slow, --cov=shop]\n",
    ).tests
    ini = "[pytest]\naddopts = --strict-markers\n"
    tree = plant(tmp_path / "head", {"pytest.ini": ini, "conftest.py": CONFTEST, "tests/test_a.py": SEEN})
    plain = interpreter_environment(lean_python())

    environment = as_asked(lambda _tree: plain, tests)(tree)
    request = TestRequest("head", tree, environment, (), Limits(wall=50))
    command = Python().command(request)
    seen = Python().read(request, command, box.run(command))

    assert [(one.id, one.status) for one in seen.outcomes] == [
        ("tests/test_a.py::test_seen", TestStatus.PASSED)
    ], seen.output
    assert "--cov" not in " ".join(seen.command)
    assert environment.key != plain.key == as_asked(lambda _tree: plain, TestsPart())(tree).key
    assert environment.label.endswith(
        ", as configured with ACME_MODE, --of-ours=set, -x, -k, not slow, --cov=shop"
    )
    assert "a test" not in environment.label


@pytest.mark.parametrize(
    "name", ["PATH", "LD_PRELOAD", "PYTHONPATH", "pythonhome", "PYTEST_ADDOPTS", "SUTURE_RUN", "TZ", "HOME"]
)
def test_names_that_steer_the_run_are_refused(tmp_path: Path, name: str):
    """On their line; nothing of the key holds then."""
    found = asked(tmp_path, f"tests:\n  timeout: 5\n  environment:\n    OURS: x\n    {name}: x\n")

    assert [(one.line, one.what) for one in found.problems] == [
        (
            5,
            f"`{name}` is not right: the sandbox, Python or the test runner is steered by it; "
            "`tests` is ignored.",
        )
    ]
    assert found.tests == TestsPart()


@pytest.mark.parametrize(
    "package", ["acme @ https://evil.example/a.whl", "-e .", "./local", "--index-url=x", "git+https://x/y"]
)
def test_packages_are_names_with_versions(tmp_path: Path, package: str):
    """Nothing that is fetched from elsewhere, and no option."""
    (told,) = asked(tmp_path, f"tests:\n  packages: ['acme[web]>=2, <3', '{package}']\n").problems

    assert told.what.startswith("`packages` has to be a package with or without versions")
