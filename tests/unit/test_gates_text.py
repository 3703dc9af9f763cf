"""G0 on the text of tests, Python's: what is refused, and the like of it that is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.gates import static as gate
from bot.gates.static import Unit
from bot.records import Reason, RegressionTest
from bot.regression.languages.python import Python
from tests.flow.shop import FILES, TEST, write_tree

PLACE = "tests/test_pages.py"
SOURCE = "src/shop/pages.py"
PUT = "monkeypatch.setattr"
UNIT = Unit((SOURCE,), frozenset({"find"}))
BODY = (
    "from shop import pages\nfrom shop.pages import find, title\n{above}\n\n"
    "def test_it(tmp_path, monkeypatch):\n{body}\n"
)
REAL = "    assert find(tmp_path, 'a')"


def judge(content: str, tmp_path: Path, unit: Unit = UNIT, files: dict[str, str] | None = None) -> Reason:
    tree = write_tree(tmp_path / "tree", {**FILES, **(files or {})})
    found = Python().objections(RegressionTest(PLACE, content), tree, unit)
    return gate.judge(PLACE, found).reason


def text(body: str, above: str = "") -> str:
    rows = [f"    {row}" for row in body.split("\n")]
    return BODY.format(above=above, body="\n".join([*rows, REAL]))


REFUSED = [
    ("def test_it(:", Reason.TEST_UNREADABLE),
    (text("import socket\nsocket.create_connection(('example.com', 80))"), Reason.USES_NETWORK),
    (text("requests.get('https://example.com')", "import requests"), Reason.USES_NETWORK),
    (text("urlopen('http://example.com')", "from urllib.request import urlopen"), Reason.USES_NETWORK),
    (text("subprocess.run(['true'])", "import subprocess"), Reason.STARTS_PROCESS),
    (text("os.system('true')", "import os"), Reason.STARTS_PROCESS),
    (text("sh('true')", "from os import system as sh"), Reason.STARTS_PROCESS),
    (text("multiprocessing.Process(target=find)", "import multiprocessing"), Reason.STARTS_PROCESS),
    (text("os.environ['A'] = '1'", "import os"), Reason.USES_ENVIRONMENT),
    (text("environ.get('A')", "from os import environ"), Reason.USES_ENVIRONMENT),
    (text("sys.exit(0)", "import sys"), Reason.ENDS_PROCESS),
    (text("os._exit(0)", "import os"), Reason.ENDS_PROCESS),
    (text("raise SystemExit"), Reason.ENDS_PROCESS),
    (text("pytest.skip('no')", "import pytest"), Reason.SKIPS),
    (text("pass", "import pytest\n\npytestmark = pytest.mark.xfail"), Reason.SKIPS),
    (text("pytest.importorskip('x')", "import pytest"), Reason.SKIPS),
    (text("assert True"), Reason.CONSTANT_ASSERTION),
    (text("assert (title('a') == 'B', 'message')"), Reason.CONSTANT_ASSERTION),
    (text("assert tmp_path == tmp_path"), Reason.CONSTANT_ASSERTION),
    (text("try:\n    find(1, 2)\nexcept:\n    pass"), Reason.CATCHES_ALL),
    (text("try:\n    find(1, 2)\nexcept BaseException:\n    pass"), Reason.CATCHES_ALL),
    (text("with pytest.raises(BaseException):\n    find(1, 2)", "import pytest"), Reason.CATCHES_ALL),
    (
        text("with pytest.raises(Exception):\n    a = find(1, 2)\n    a.b()", "import pytest"),
        Reason.CATCHES_ALL,
    ),
    (text(f"{PUT}(pages, 'find', print)"), Reason.PATCHES_UNIT),
    (text(f"{PUT}('shop.pages.find', print)"), Reason.PATCHES_UNIT),
    (text("with mock.patch('shop.pages.find'):\n    pass", "from unittest import mock"), Reason.PATCHES_UNIT),
    (text("mock.patch.object(pages, 'find')", "from unittest import mock"), Reason.PATCHES_UNIT),
    (text("pages.find = print"), Reason.PATCHES_UNIT),
    (text("setattr(pages, 'fi' + 'nd', print)"), Reason.PATCHES_UNIT),
    (text("inspect.getsource(find)", "import inspect"), Reason.READS_SOURCE),
    (text("open(pages.__file__).read()"), Reason.READS_SOURCE),
    (text("Path('src/shop/pages.py').read_text()", "from pathlib import Path"), Reason.READS_SOURCE),
    (text("find.__code__.co_names"), Reason.READS_SOURCE),
    (text("assert hasattr(pages, 'checked')"), Reason.READS_SOURCE),
    (text("time.sleep(2)", "import time"), Reason.SLEEPS),
    (text("pass", "import ctypes"), Reason.TAMPERS),
    (text("gc.get_objects()", "import gc"), Reason.TAMPERS),
    (text("sys.settrace(None)", "import sys"), Reason.TAMPERS),
    (text("sys.modules['shop'] = None", "import sys"), Reason.TAMPERS),
    (text("open('/out/result', 'a').write('{}')"), Reason.TAMPERS),
    (text("pass", "import suture_plugin"), Reason.TAMPERS),
    (text("pass", "def pytest_runtest_makereport(item):\n    pass\n"), Reason.TAMPERS),
    ("def test_it():\n    value = 1\n    assert value == 1\n", Reason.ASSERTS_NOTHING),
    ("from shop.pages import find\n\n\ndef test_it():\n    find('a', 'b')\n", Reason.ASSERTS_NOTHING),
]


@pytest.mark.parametrize(("content", "reason"), REFUSED)
def test_refused(content: str, reason: Reason, tmp_path: Path):
    """Each of these makes the runs of a test worthless."""
    assert judge(content, tmp_path) is reason


ACCEPTED = [
    TEST,
    text("with pytest.raises(Exception):\n    find(1, 2)", "import pytest"),
    text("try:\n    find(1, 2)\nexcept (TypeError, ValueError):\n    return"),
    text(f"{PUT}(pages, 'title', print)"),
    text(f"{PUT}(pages, 'Path', print)"),
    text(f"{PUT}(requests, 'find', print)", "import requests"),
    text("monkeypatch.setenv('A', '1')"),
    text("with mock.patch.dict(os.environ, {'A': '1'}):\n    pass", "import os\nfrom unittest import mock"),
    text("monkeypatch.setitem(sys.modules, 'other', None)", "import sys"),
    text("assert 'shop' in sys.modules", "import sys"),
    text("sys.exit", "import sys"),
    text("time.sleep(0.1)", "import time"),
    text("(tmp_path / 'a.py').write_text('x')"),
    text("open(__file__).close()"),
    text("HTTPServer(('127.0.0.1', 0), None)", "from http.server import HTTPServer"),
    text("socket.create_connection(('127.0.0.1', 80))", "import socket"),
    text("subprocess.CalledProcessError", "import subprocess"),
    text("try:\n    find(1, 2)\n    assert False\nexcept ValueError:\n    pass"),
    "import pytest\nfrom shop.pages import find\n\n\n@pytest.fixture(autouse=True)\n"
    "def made():\n    find('a', 'b')\n\n\ndef test_it(capsys):\n    assert capsys.readouterr().out == ''\n",
    "def test_it(client):\n    assert client.get('/').status_code == 200\n",
]


@pytest.mark.parametrize("content", ACCEPTED)
def test_accepted(content: str, tmp_path: Path):
    """Ordinary tests do such things."""
    assert judge(content, tmp_path) is Reason.NONE


@pytest.mark.parametrize(
    ("use", "above"),
    [
        ("subprocess.run(['true'])", "import subprocess"),
        ("os.environ.get('A')", "import os"),
        ("os.system('true')", "import os"),
    ],
)
def test_what_the_code_under_test_uses_its_test_may_use(use: str, above: str, tmp_path: Path):
    """A test of code that starts processes starts some."""
    pages = f"{above}\n\n\ndef find(root, name):\n    {use}\n    return root\n"

    assert judge(text(use, above), tmp_path / "one", files={SOURCE: pages}) is Reason.NONE
    assert judge(text(use, above), tmp_path / "two") is not Reason.NONE


def test_only_added_lines_count(tmp_path: Path):
    """What stands in the project's own file is not the new test's doing."""
    old = "import os\nfrom shop.pages import find\n\n\ndef test_old():\n    os.environ['A'] = '1'\n"
    new = f"{old}\n\ndef test_new(tmp_path):\n    assert find(tmp_path, 'a')\n"

    assert judge(new, tmp_path, files={PLACE: old}) is Reason.NONE


def test_the_answer_names_the_line(tmp_path: Path):
    """A developer finds the place."""
    found = Python().objections(
        RegressionTest(PLACE, text("assert True")), write_tree(tmp_path / "tree", FILES), UNIT
    )

    assert "tests/test_pages.py: line 6 asserts True, which always holds" in gate.judge(PLACE, found).detail
