"""The prover on a real repository in the real sandbox: what is proven, and what is not for all its tricks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.environments.interpreter import interpreter_environment
from bot.errors import InputError
from bot.fix.patches import make_patch
from bot.proof.prover import prove
from bot.records import Declaration, Gate, Patch, Proof, Reason, RegressionTest, Verdict
from bot.regression.lab import Bench, Lab
from bot.regression.languages.python import Python
from bot.sandbox.bubblewrap import open_sandbox
from tests.flow.shop import FILES, FIXED, PAGES, TEST, need_sandbox, write_tree
from tests.lean import lean_python

PLACE = "tests/test_pages.py"
SOURCE = "src/shop/pages.py"
GOLD = RegressionTest(PLACE, TEST)


@pytest.fixture(scope="module")
def lab() -> Lab:
    need_sandbox()
    environment = interpreter_environment(lean_python())
    return Lab(open_sandbox(), (Python(),), lambda _tree: environment, lambda: False, 120.0)


@pytest.fixture
def head(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "head", FILES)


@pytest.fixture
def run_gates(head: Path, lab: Lab) -> Callable[..., Proof]:
    def act(test: RegressionTest = GOLD, fixed: str = FIXED, patch: Patch | None = None) -> Proof:
        return prove(head, patch or make_patch({SOURCE: fixed}, head), test, lab.bench(head))

    return act


def gate(proof: Proof, name: str) -> Gate:
    return next(one for one in proof.gates if one.gate == name)


def test_a_right_fix_and_test_are_proven(run_gates: Callable[..., Proof], head: Path):
    """All gates hold; both trees were run, and the head's folder is as it was."""
    before = {path: path.read_bytes() for path in head.rglob("*") if path.is_file()}

    proof = run_gates()

    assert proof.verdict is Verdict.PROVEN, proof.failed
    assert [one.gate for one in proof.gates] == [f"G{number}" for number in range(15)]
    assert {run.tree for run in proof.runs} == {"head", "fixed"}
    assert {path: path.read_bytes() for path in head.rglob("*") if path.is_file()} == before


def test_a_test_added_to_an_existing_file_is_proven(run_gates: Callable[..., Proof], head: Path):
    """Only the ids that the head has not count as new."""
    added = TEST.partition("from shop.pages")[2].partition("\n\n\n")[2]
    old = (head / "tests/test_title.py").read_text()
    content = f"import pytest\n{old.replace('import title', 'import find, title')}\n\n{added}"

    proof = run_gates(RegressionTest("tests/test_title.py", content))

    assert proof.verdict is Verdict.PROVEN, proof.failed
    assert gate(proof, "G2").detail.startswith("2 new test(s)")


TAUTOLOGY = "def test_nothing():\n    assert True\n"
IMPORT = "from shop.pages import not_there\n\n\ndef test_it():\n    assert not_there()\n"
LATE_IMPORT = "def test_it():\n    from shop.pages import checked\n    assert checked\n"
ESCAPING = 'from shop.pages import find\n\n\ndef test_it():\n    find(None, "a")\n'
ELSEWHERE = (
    "import os\n\nfrom shop.pages import title\n\n\ndef test_it():\n    import shop.pages\n"
    "    assert title('a') == 'A'\n    assert 'resolve' in open(shop.pages.__file__).read()\n"
)
BROKEN_FIXTURE = "def test_it(no_such_fixture):\n    assert False\n"
WRITES = TEST.replace("    assert find", '    open("left.txt", "w").write("x")\n    assert find')


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (TAUTOLOGY, "G3", Reason.NOT_RED),
        (
            TEST.partition("\n\n\ndef test_page_outside")[0]
            + "\n\n\ndef test_ok(tmp_path):\n    assert find(tmp_path, 'a')\n",
            "G3",
            Reason.NOT_RED,
        ),
        (IMPORT, "G2", Reason.COLLECTION_ERROR),
        (LATE_IMPORT, "G4", Reason.WRONG_EXCEPTION),
        (ESCAPING, "G4", Reason.WRONG_EXCEPTION),
        (ELSEWHERE, "G4", Reason.FINDING_NOT_REACHED),
        (BROKEN_FIXTURE, "G2", Reason.RED_OUTSIDE_CALL),
        ("def test_it(:\n", "G2", Reason.COLLECTION_ERROR),
        ("X = 1\n", "G2", Reason.NOTHING_COLLECTED),
        (WRITES, "G11", Reason.WROTE_TREE),
    ],
)
def test_tests_that_prove_nothing(run_gates: Callable[..., Proof], content: str, name: str, reason: Reason):
    """A tautology, a test that never fails or fails for another reason: each is refused by its own gate."""
    proof = run_gates(RegressionTest(PLACE, content))

    assert proof.verdict is not Verdict.PROVEN
    assert gate(proof, name).reason is reason, proof.gates
    assert gate(proof, "G10").detail.startswith("not run: ")


@pytest.mark.parametrize("path", ["conftest.py", "src/shop/extra.py", "../test_x.py", "tests/data.txt"])
def test_a_test_in_the_wrong_place(run_gates: Callable[..., Proof], path: str):
    """A regression test is nowhere but in a test file; nothing of it is run then."""
    proof = run_gates(RegressionTest(path, TEST))

    assert gate(proof, "G1").reason is Reason.TEST_MISPLACED
    assert proof.runs == ()


def test_a_fix_that_does_not_fix(run_gates: Callable[..., Proof]):
    """The red is right, the fix is not: reproduced."""
    proof = run_gates(fixed=PAGES.replace("Path(root) / name", "Path(root, name)"))

    assert proof.verdict is Verdict.REPRODUCED
    assert [one.gate for one in proof.failed] == ["G5", "G8", "G9", "G10", "G12", "G13"]
    assert gate(proof, "G5").reason is Reason.NOT_GREEN


def test_a_fix_that_touches_tests(run_gates: Callable[..., Proof], head: Path):
    """A patch of tests is never applied; what the head shows is told all the same."""
    patch = make_patch({SOURCE: FIXED, "tests/test_title.py": "def test_title(): ...\n"}, head)

    proof = run_gates(patch=patch)

    assert proof.verdict is Verdict.REPRODUCED
    assert gate(proof, "G1").reason is Reason.PATCH_TOUCHES_PROTECTED
    assert {run.tree for run in proof.runs} == {"head"}


def test_a_fix_that_breaks_an_existing_test(run_gates: Callable[..., Proof]):
    """What passed on the head has to pass with the patch."""
    proof = run_gates(fixed=FIXED.replace("name.title()", "name.upper()"))

    assert proof.verdict is Verdict.REPRODUCED
    assert gate(proof, "G10").reason is Reason.REGRESSED
    assert "tests/test_title.py::test_title" in gate(proof, "G10").detail


DEEP = """
from shop.pages import depth


def test_deep_trees_are_refused():
    tree = {}
    for _ in range(3000):
        tree = {"inner": tree}
    assert depth(tree) < 100


def test_flat_trees_are_measured():
    assert depth({"inner": {}}) == 1
"""
LOOP = """\
    count = 0
    while "inner" in tree and count < 99:
        tree, count = tree["inner"], count + 1
    return count
"""
FLAT = PAGES.partition("    return 1 + depth")[0] + LOOP


@pytest.mark.parametrize(
    ("declared", "verdict"),
    [
        (Declaration("exception", "RecursionError"), Verdict.PROVEN),
        (Declaration("exception", "KeyError"), Verdict.UNPROVEN),
        (None, Verdict.UNPROVEN),
    ],
)
def test_an_exception_that_escapes(
    run_gates: Callable[..., Proof], declared: Declaration | None, verdict: Verdict
):
    """Legal only when that very exception was declared beforehand."""
    proof = run_gates(RegressionTest(PLACE, DEEP, declared), FLAT)

    assert proof.verdict is verdict, proof.failed


HANGS = (
    "from shop.pages import title\n\n\ndef test_ends():\n    assert title('a' * 30) == 'A' + 'a' * 29\n"
    "\n\ndef test_short():\n    assert title('a') == 'A'\n"
)
SLOW = PAGES.replace(
    "    return name.title()", "    import time\n\n    time.sleep(2 * len(name) - 2)\n    return name.title()"
)


@pytest.mark.parametrize(
    ("declared", "verdict"), [(Declaration("timeout", "2"), Verdict.PROVEN), (None, Verdict.UNPROVEN)]
)
def test_a_test_that_hangs_on_the_head(head: Path, lab: Lab, declared: Declaration | None, verdict: Verdict):
    """A timeout is a legal red when it was declared."""
    (head / SOURCE).write_text(SLOW.replace("2 * len(name) - 2", "30 if len(name) > 20 else 0"))
    test = RegressionTest(PLACE, HANGS, declared)

    proof = prove(head, make_patch({SOURCE: PAGES}, head), test, lab.bench(head))

    assert proof.verdict is verdict, proof.failed
    if declared is None:
        assert gate(proof, "G4").reason is Reason.UNDECLARED_TIMEOUT


def test_no_existing_tests(lab: Lab, tmp_path: Path):
    """A repository without tests gets its first one, and the label says so."""
    head = write_tree(tmp_path / "bare", {path: text for path, text in FILES.items() if "test" not in path})

    proof = prove(head, make_patch({SOURCE: FIXED}, head), GOLD, lab.bench(head))

    assert proof.verdict is Verdict.PROVEN, proof.failed
    assert gate(proof, "G10").skipped
    assert "no existing tests" in gate(proof, "G10").detail


def test_existing_tests_that_cannot_be_collected(head: Path, lab: Lab, run_gates: Callable[..., Proof]):
    """Without a baseline nothing is proven, and the sentence names the error."""
    (head / "tests/test_title.py").write_text("import not_installed_anywhere\n")

    proof = run_gates()

    assert proof.verdict is Verdict.REPRODUCED
    assert gate(proof, "G10").reason is Reason.BASELINE_UNKNOWN
    assert "not_installed_anywhere" in gate(proof, "G10").detail


def test_failures_of_the_head_do_not_count(head: Path, run_gates: Callable[..., Proof]):
    """A test that was red before may stay red."""
    write_tree(head, {"tests/test_old.py": "def test_old():\n    assert 1 == 2\n"})

    proof = run_gates()

    assert proof.verdict is Verdict.PROVEN, proof.failed
    assert "tests/test_old.py::test_old" in gate(proof, "G10").detail


def test_a_suite_that_does_not_end_is_judged_by_the_affected_tests(head: Path, lab: Lab):
    """The tests that import the patched file decide, and the sentence says so."""
    write_tree(head, {"tests/test_slow.py": "import time\n\n\ndef test_slow():\n    time.sleep(999)\n"})
    patch = make_patch({SOURCE: FIXED}, head)

    proof = prove(head, patch, GOLD, replace(lab, test_budget=12.0).bench(head))

    assert proof.verdict is Verdict.PROVEN, proof.failed
    assert "on the head the whole suite was ended after 1" in gate(proof, "G10").detail


def test_of_a_suite_of_which_no_part_ends_what_ended_is_compared(head: Path, lab: Lab):
    """What passed on the head before the time was over has to pass with the patch."""
    slow = (
        "import time\n\nfrom shop import pages\n\n\n"
        "def test_it_is_there():\n    assert pages\n\n\ndef test_slow():\n    time.sleep(999)\n"
    )
    write_tree(head, {"tests/test_a.py": slow})
    patch = make_patch({SOURCE: FIXED}, head)

    proof = prove(head, patch, GOLD, replace(lab, test_budget=6.0).bench(head))

    assert "only the 1 test(s) that ended" in gate(proof, "G10").detail


def test_the_baseline_is_run_once_for_all_findings(head: Path, lab: Lab):
    """A bench keeps what the head's own tests did."""
    bench: Bench = lab.bench(head)

    assert bench.before(head) is bench.before(head)


def test_a_tree_in_no_known_language(lab: Lab, tmp_path: Path):
    """Without a language no test can be run; the sentence says what is known."""
    with pytest.raises(InputError, match="python"):
        lab.bench(write_tree(tmp_path / "other", {"README": "x"}))
