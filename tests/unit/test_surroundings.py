"""What new code of a fix may not turn to, and names that it brings and nobody uses (gates G12 and G8)."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.gates import independent, needed
from bot.gates.needed import Tried
from bot.records import Reason
from bot.regression.languages.python import Python
from tests.unit.trees import plant

PYTHON = Python()
BEFORE = (
    '"""Pages, tested with pytest."""\nimport os\nimport sys\n\n\n'
    "def find(root, name):\n    return root / name\n"
)


def with_line(line: str) -> str:
    return BEFORE.replace("    return", f"    {line}\n    return")


@pytest.mark.parametrize(
    "line",
    [
        'if "pytest" in sys.modules: return None',
        "if sys.flags.dont_write_bytecode: return None",
        "import _pytest.python as runner",
        "from gc import get_objects",
        "import threading; threading.main_thread()",
        "import logging; logging.getLogger().handlers.clear()",
        "if 'x' in type(sys.stdout).__module__: return None",
        "exec('x = 1')",
        "import traceback; traceback.extract_stack()",
        "os._exit(0)",
        "import atexit; atexit.register(print)",
        "name = open('/proc/self/cmdline').read()",
    ],
)
def test_new_code_that_turns_to_the_process(line: str):
    """Interpreter, process and runner are none of a fix's business."""
    found = PYTHON.surroundings(BEFORE, with_line(line))

    assert found
    assert independent.judge_text("shop/pages.py", found).reason is Reason.KNOWS_RUNNER


@pytest.mark.parametrize(
    "line",
    [
        "name = os.path.basename(name)",
        "print(name, file=sys.stderr)",
        'raise ValueError("outside")',
        "import inspect; inspect.isfunction(name)",
        "import re; re.compile(name)",
    ],
)
def test_new_code_that_keeps_to_its_business(line: str):
    """Ordinary code is let pass."""
    assert PYTHON.surroundings(BEFORE, with_line(line)) == ()


def test_what_was_there_before_may_stay():
    """Only what is new counts."""
    before = with_line("frame = sys._getframe()")

    assert PYTHON.surroundings(before, before + "\n\ndef other():\n    return sys._getframe()\n") == ()


@pytest.mark.parametrize(
    ("added", "other", "unused"),
    [
        ("IS_SAFE = True\n", "", True),
        ("def is_safe():\n    return True\n", "", True),
        ("IS_SAFE = True\n", "from shop.pages import IS_SAFE\n", False),
        ("def find_safe(root):\n    return find(root, 'a')\n\n\nfind.safe = find_safe\n", "", False),
        ("find = None\n", "", False),
        ("__all__ = 'find'\n", "", False),
    ],
)
def test_names_that_nothing_mentions(tmp_path: Path, added: str, other: str, unused: bool):
    """By them alone no code behaves differently; tests do not count as use."""
    after = f"{BEFORE}\n\n{added}"
    files = {
        "shop/__init__.py": "", "shop/pages.py": after, "shop/other.py": other,
        "tests/test_pages.py": "from shop.pages import IS_SAFE, is_safe\n",
    }  # fmt: skip

    assert PYTHON.adds_unused("shop/pages.py", BEFORE, after, plant(tmp_path, files)) is unused


@pytest.mark.parametrize(
    "source", [BEFORE, "# -*- coding: utf-8 -*-\n" + BEFORE, "#!/bin/python\r\nx = 1\r\n"]
)
def test_the_same_code_elsewhere(source: str):
    """Other lines, another size, the same meaning; comments at the top stay there."""
    moved = PYTHON.respaced("shop/pages.py", source)

    assert PYTHON.same_meaning("shop/pages.py", source, moved)
    assert len(moved) > len(source)
    assert moved.startswith(source.split("\n", maxsplit=1)[0]) or not source.startswith("#")
    assert PYTHON.respaced("shop/pages.txt", source) == source


def test_a_patch_of_comments_only():
    """It changes nothing, whatever a test says of it."""
    gate = needed.judge((Tried("shop/pages.py:1", is_neutral=True),))

    assert gate.reason is Reason.HUNK_NOT_NEEDED
    assert needed.judge((Tried("a:1", is_neutral=True), Tried("a:9", has_part=True))).passed
