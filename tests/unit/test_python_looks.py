"""A test that looks at how the code is written is noted, by whatever way it gets there."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.environments.interpreter import interpreter_environment
from bot.errors import SandboxUnavailable
from bot.records import RunStatus
from bot.regression.languages import TestRequest
from bot.regression.languages.python import Python
from bot.sandbox import Limits
from bot.sandbox.bubblewrap import Bubblewrap
from tests.lean import lean_python
from tests.unit.trees import plant

PLACE = "tests/test_a.py"
PAGES = """from pathlib import Path


def find(name):
    return name


def fails():
    raise ValueError("no")


def text():
    return Path(__file__).read_text()


def code():
    return find.__code__
"""
TEST = """
import flask, glob, importlib, operator, shutil
from unittest import mock
from shop import pages

def test_by_computed_name():
    assert open("shop/pages." + "py").read()

def test_by_copy(tmp_path):
    assert shutil.copy(glob.glob("shop/p*")[0], tmp_path / "copy")

def test_by_code():
    assert operator.attrgetter("__co" + "de__")(pages.find)

def test_by_product():
    assert pages.text() and pages.code()

def test_by_framework():
    app = flask.Flask("shop")
    app.add_url_rule("/", view_func=pages.fails)
    assert app.test_client().get("/").status_code == 500

def test_ordinary(tmp_path):
    (tmp_path / "own.py").write_text("x = 1")
    assert (tmp_path / "own.py").read_text() and open(__file__).read()
    assert importlib.import_module("shop.late").x == 1
    assert mock.create_autospec(pages.find)("a")
    assert test_ordinary.__code__
"""


def test_looks_are_noted_with_their_lines(tmp_path: Path):
    """The test's own reads count; the product's, a framework's log, imports and other files do not."""
    box = Bubblewrap()
    try:
        box.check()
    except SandboxUnavailable as error:
        pytest.skip(f"no sandbox: {error}")
    files = {"shop/__init__.py": "", "shop/pages.py": PAGES, "shop/late.py": "x = 1\n", PLACE: TEST}
    request = TestRequest(
        "head",
        plant(tmp_path, files),
        interpreter_environment(lean_python()),
        selection=(PLACE,),
        limits=Limits(wall=50),
        new_test=PLACE,
    )
    python = Python()
    command = python.command(request)

    run = python.read(request, command, box.run(command))

    assert run.status is RunStatus.EXITED, run.output
    assert {str(one.status) for one in run.outcomes} == {"passed"}, run.outcomes
    assert run.looks == tuple(f"shop/pages.py (line {line})" for line in (7, 10, 13))
