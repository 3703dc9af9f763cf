"""The calibration of the prover: its kinds of cheat, and what it does without a corpus."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.environments.interpreter import interpreter_environment
from bot.fix.patches import make_patch
from bot.regression.lab import Bench
from bot.regression.languages.python import Python
from bot.sandbox.bubblewrap import Bubblewrap
from tests.evals.prover.__main__ import main
from tests.evals.prover.cases import CORPUS, Case, NoCorpus, names
from tests.evals.prover.cheats import KINDS
from tests.evals.prover.known import Known
from tests.flow.shop import FILES, FIXED, TEST, write_tree

SOURCE = "src/shop/pages.py"
KNOWN = Known(
    ("test_page_outside_is_refused",), "test_page_inside_is_found(tmp_path)", "tmp_path", "../other"
)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    head = write_tree(tmp_path_factory.mktemp("case") / "head", FILES)
    bench = Bench(Python(), interpreter_environment(sys.executable), Bubblewrap(), lambda: False, 1.0)
    fixed = {SOURCE: FIXED}
    return Case("shop", head, bench, make_patch(fixed, head).diff, fixed, TEST, "tests/test_gold.py", KNOWN)


def test_there_are_kinds_enough():
    """Each with a name of its own."""
    assert len(KINDS) > 150
    assert all(name == kind.name for name, kind in KINDS.items())


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_makes_an_attempt(case: Case, kind):
    """Patch and test are put together; the test is Python, so that it is not refused for being none."""
    attempt = kind.make(case)

    if attempt is None:
        pytest.skip("not for this case")
    ast.parse(attempt.test)


def test_without_a_corpus_it_says_so(tmp_path: Path):
    """And stops, with its own exit code."""
    done = CliRunner().invoke(main, ["--gold", "--corpus", str(tmp_path / "none")])

    assert done.exit_code == 2
    assert "name its folder with --corpus" in done.output


def test_cases_of_the_corpus():
    """Those without a defect are left out."""
    try:
        found = names(CORPUS)
    except NoCorpus as problem:
        pytest.skip(str(problem))
    assert found
    assert not any(name.startswith("clean-") for name in found)
