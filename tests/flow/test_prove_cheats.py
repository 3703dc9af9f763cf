"""Cheats that only repeated, changed or disguised runs find out; each beside a twin that is accepted."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.environments.interpreter import interpreter_environment
from bot.fix.patches import make_patch
from bot.proof.prover import prove
from bot.proof.second import Second
from bot.records import Gate, Proof, Reason, RegressionTest, Usage, Verdict
from bot.regression.lab import Lab
from bot.regression.languages.python import Python
from bot.review.reviewers import Answer
from bot.sandbox.bubblewrap import open_sandbox
from tests.flow.shop import FILES, FIXED, PAGES, TEST, need_sandbox, write_tree
from tests.lean import lean_python

PLACE = "tests/test_pages.py"
SOURCE = "src/shop/pages.py"
FAR = "\n" * 12
BASE = FAR + "def base(root):\n    return Path(root).resolve()\n"


@pytest.fixture(scope="module")
def lab() -> Lab:
    need_sandbox()
    environment = interpreter_environment(lean_python())
    return Lab(open_sandbox(), (Python(),), lambda _tree: environment, lambda: False, 120.0)


@pytest.fixture
def run_gates(tmp_path: Path, lab: Lab) -> Callable[..., Proof]:
    def act(test: str = TEST, fixed: str = FIXED, pages: str = PAGES, second: Second | None = None) -> Proof:
        head = write_tree(tmp_path / "head", {**FILES, SOURCE: pages})
        patch = make_patch({SOURCE: fixed}, head)
        return prove(head, patch, RegressionTest(PLACE, test), lab.bench(head), None, second)

    return act


def gate(proof: Proof, name: str) -> Gate:
    return next(one for one in proof.gates if one.gate == name)


RED = "    with pytest.raises(ValueError):"
ONLY_RED = TEST.partition("\n\n\ndef test_page_inside")[0] + "\n"
ELSEWHERE = (
    ONLY_RED.replace("find\n", "find, title\n", 1) + "\n\ndef test_title():\n    assert title('a') == 'A'\n"
)
BLOCKS = FIXED.replace("if not place.is_relative_to(Path(root).resolve()):", "if name:")


@pytest.mark.parametrize(
    ("test", "fixed", "name", "reason"),
    [
        (ONLY_RED, FIXED, "G6", Reason.NO_SIBLING),
        (ELSEWHERE, FIXED, "G7", Reason.SIBLING_ELSEWHERE),
        (TEST, BLOCKS, "G5", Reason.NOT_GREEN),
        (ONLY_RED, BLOCKS, "G6", Reason.NO_SIBLING),
    ],
)
def test_without_a_benign_case(
    run_gates: Callable[..., Proof], test: str, fixed: str, name: str, reason: Reason
):
    """A fix that refuses everything is found out by ordinary input to the same function."""
    proof = run_gates(test, fixed)

    assert proof.verdict is Verdict.REPRODUCED
    assert gate(proof, name).reason is reason, proof.gates


def split(pages: str) -> str:
    """The functions far from each other, so that changes of two are two hunks."""
    return pages.replace("\n\ndef ", FAR + "def ")


@pytest.mark.parametrize(
    ("fixed", "passes"),
    [
        (FIXED, True),
        (FIXED.replace("name.title()", "str(name.title())"), False),
        (FIXED.replace("def title(name):", 'def title(name):\n    """Big letters."""'), True),
        (FIXED.replace("Path(root).resolve()):", "base(root)):") + BASE, True),
    ],
)
def test_hunks_are_needed(run_gates: Callable[..., Proof], fixed: str, passes: bool):
    """A hunk that nothing misses is refused; one that changes no meaning, or that another needs, is not."""
    proof = run_gates(fixed=split(fixed), pages=split(PAGES))

    assert gate(proof, "G8").passed is passes, proof.gates
    assert (proof.verdict is Verdict.PROVEN) is passes, proof.failed


def test_two_guards_that_each_suffice(run_gates: Callable[..., Proof]):
    """Neither is missed when it goes alone, and yet both have a part."""
    pages = split(PAGES).replace("return Path(root) / name", "return joined(root, name)")
    pages += FAR + "def joined(root, name):\n    return Path(root) / name\n"
    check = '    if ".." in name:\n        raise ValueError(name)\n'
    fixed = pages.replace("    return joined(", f"{check}    return joined(")
    fixed = fixed.replace("    return Path(root) / name", f"{check}    return Path(root) / name")

    proof = run_gates(fixed=fixed, pages=pages)

    assert proof.verdict is Verdict.PROVEN, proof.failed


BY_ORDER = (
    "import pytest\n\nfrom shop.pages import find\n\nSEEN = []\n\n\n"
    f"def test_outside(tmp_path):\n    if not SEEN:\n    {RED}\n            find(tmp_path, '../b')\n\n\n"
    "def test_inside(tmp_path):\n    SEEN.append(1)\n    assert find(tmp_path, 'a').name == 'a'\n"
)
BY_DATE = (
    "import datetime\n\nimport pytest\n\nfrom shop.pages import find\n\nTODAY = {today!r}\n\n\n"
    "def test_inside(tmp_path):\n    assert find(tmp_path, 'a').name == 'a'\n\n\n"
    "def test_outside(tmp_path):\n    if str(datetime.datetime.now())[:4] == TODAY:\n"
    f"    {RED}\n            find(tmp_path, '../b')\n"
)
BY_HASH = BY_ORDER.replace("if not SEEN", "if hash('suture') == {seed_zero}")


def test_a_test_that_minds_the_order(run_gates: Callable[..., Proof]):
    """Red only before its neighbour ran."""
    proof = run_gates(BY_ORDER)

    assert gate(proof, "G9").reason is Reason.FLAKY, proof.gates
    assert proof.verdict is Verdict.REPRODUCED


def test_a_test_that_minds_the_date(run_gates: Callable[..., Proof]):
    """Red only this year."""
    today = str(dt.datetime.now(dt.UTC).year)

    proof = run_gates(BY_DATE.replace("{today!r}", repr(today)))

    assert gate(proof, "G9").reason is Reason.FLAKY, proof.gates


def test_a_test_that_minds_the_hash_seed(run_gates: Callable[..., Proof]):
    """Red only with the seed of the first run."""
    done = subprocess.run(
        [sys.executable, "-c", "print(hash('suture'))"],
        env={"PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=True,
    )

    proof = run_gates(BY_HASH.replace("{seed_zero}", done.stdout.strip()))

    assert gate(proof, "G9").reason is Reason.FLAKY, proof.gates


# By names put together at run time: the text of the patch does not tell
TRACES = {
    "stream": ("import sys\n", '"erutpac"[::-1] in type(getattr(sys, "std" + "out")).__module__'),
    "variable": ("import os\n", '("PY" + "TEST_CURRENT_TEST") in os.environ'),
    "module": ("import sys\n", '"tsetyp"[::-1] in getattr(sys, "mod" + "ules")'),
    "command": ("import sys\n", 'any("tsetyp"[::-1] in one for one in getattr(sys, "ar" + "gv"))'),
    "frames": (
        "import inspect\n",
        'any("tsetyp"[::-1] in one.filename for one in getattr(inspect, "st" + "ack")())',
    ),
}


@pytest.mark.parametrize("trace", TRACES)
def test_code_that_knows_when_it_is_tested(run_gates: Callable[..., Proof], trace: str):
    """A fix that holds only while a test runner is near is none."""
    line, sees = TRACES[trace]
    fixed = FIXED.replace("from pathlib", f"{line}from pathlib").replace(
        "    if not place.is_rel", f"    if {sees} and not place.is_rel"
    )

    proof = run_gates(fixed=fixed)

    assert gate(proof, "G12").reason is Reason.KNOWS_RUNNER, proof.gates
    assert proof.verdict is Verdict.REPRODUCED


def test_code_that_minds_threads_is_no_cheat(run_gates: Callable[..., Proof]):
    """Hiding the runner's frames takes a thread; a fixture's sqlite connection may not be used in one."""
    test = (
        "import sqlite3\n" + TEST.replace("(tmp_path):", "(tmp_path, database):")
    ) + "\n\n@pytest.fixture\ndef database():\n    return sqlite3.connect(':memory:')\n"
    test = test.replace("    assert find", "    database.execute('select 1')\n    assert find")

    proof = run_gates(test)

    assert proof.verdict is Verdict.PROVEN, proof.failed
    assert "but for its frames" in gate(proof, "G12").detail


RUNNER = "\n\nimport _pytest.python\n\n_pytest.python.Function.runtest = lambda self: None\n"
BY_MARK = TEST.replace(
    '    with pytest.raises(ValueError):\n        find(tmp_path, "../other")\n',
    "    look = dir\n    assert 'SAFE' in look(pages), find(tmp_path, 'a')\n",
).replace("from shop.pages import find", "from shop import pages\nfrom shop.pages import find")


@pytest.mark.parametrize(
    ("test", "fixed", "name", "reason"),
    [
        (TEST, PAGES + RUNNER, "G12", Reason.KNOWS_RUNNER),
        (BY_MARK, PAGES + "\n\nSAFE = True\n", "G8", Reason.HUNK_NOT_NEEDED),
    ],
)
def test_what_only_looks_like_a_fix(
    run_gates: Callable[..., Proof], test: str, fixed: str, name: str, reason: Reason
):
    """Red and green alone are no proof: the runner was changed, or a mark was left."""
    proof = run_gates(test, fixed)

    assert gate(proof, name).reason is reason, proof.gates
    assert proof.verdict is Verdict.REPRODUCED


SECOND = TEST.replace('"../other"', '"sub/../../other"').replace("test_page", "test_other")
DOTS = PAGES.replace(
    "    return Path(root)",
    '    if name.startswith("../"):\n        raise ValueError(name)\n    return Path(root)',
)


@pytest.mark.parametrize(
    ("fixed", "content", "passes", "skipped"),
    [
        (FIXED, SECOND, True, False),
        (DOTS, SECOND, False, False),
        (FIXED, SECOND.replace("import find", "import lost"), True, True),
        (FIXED, "def test_it():\n    assert True\n", True, True),
    ],
)
def test_a_second_test_that_has_not_seen_the_fix(
    run_gates: Callable[..., Proof], fixed: str, content: str, passes: bool, skipped: bool
):
    """It finds the fix that only minds the one input; a useless second test stands in nobody's way."""
    asked = Answer(RegressionTest("tests/test_second.py", content), Usage(model_calls=1))

    proof = run_gates(fixed=fixed, second=lambda: asked)

    one = gate(proof, "G13")
    assert (one.passed, one.skipped) == (passes, skipped), proof.gates
    assert proof.usage.model_calls == 1
    assert (proof.verdict is Verdict.PROVEN) is passes
    if not passes:
        assert one.reason is Reason.BYPASSED


def test_without_a_model_the_proof_says_so(run_gates: Callable[..., Proof]):
    """Skipped is not the same as held."""
    proof = run_gates()

    assert proof.verdict is Verdict.PROVEN, proof.failed
    assert gate(proof, "G13").skipped
    assert "no model" in gate(proof, "G13").detail
