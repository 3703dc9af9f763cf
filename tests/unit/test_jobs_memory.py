"""What is kept over both databases: by pull request, the newest of a finding, gone when unused for long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.errors import InputError
from bot.jobs.chores import tidy
from bot.jobs.engine import database, migrate
from bot.jobs.memory import DatabaseMemory
from bot.jobs.tables import KEPT_PROOFS, KEPT_TESTS
from bot.records import Declaration, KeptProof, KeptTest, RegressionTest
from bot.settings import Settings
from tests.fakes.published import proven
from tests.fakes.records import a_finding

TEST = RegressionTest("tests/test_x.py", "def test_ä(): ...\n", Declaration("timeout", "2"))
KEPT = KeptTest(a_finding(), TEST, (("tests/test_x.py::test_ä", "AssertionError"),), ("x",))
OTHER = replace(KEPT, finding=a_finding(id="feedfeedfeedfeed"))


@pytest.fixture
def engine(job_settings: Settings) -> Iterator[sa.Engine]:
    migrate(job_settings)
    with database(job_settings) as made:
        yield made


def test_what_is_kept_comes_back(engine: sa.Engine):
    """Unchanged, for its own pull request only; kept anew, it takes its older one's place."""
    memory = DatabaseMemory(engine, 7, 3)
    moved = replace(OTHER, finding=replace(OTHER.finding, start_line=9, end_line=9))
    for tests in ((KEPT, OTHER), (), (KEPT, moved)):
        memory.keep(tests)

    assert memory.tests() == (KEPT, moved)
    assert DatabaseMemory(engine, 7, 4).tests() == ()
    assert DatabaseMemory(engine, 8, 3).tests() == ()


def test_what_is_forgotten_is_gone_for_its_pull_request_alone(engine: sa.Engine):
    """To forget it twice, or what was never kept, is no fault."""
    mine, other = DatabaseMemory(engine, 7, 3), DatabaseMemory(engine, 7, 4)
    for memory in (mine, other):
        memory.keep((KEPT, OTHER))
    for _ in range(2):
        mine.forget((KEPT.finding.id, "unknown"))

    assert mine.tests() == (OTHER,)
    assert other.tests() == (KEPT, OTHER)


def test_a_proof_comes_back(engine: sa.Engine):
    """Unchanged, under its finding, for its own pull request only; unused, it is deleted."""
    memory = DatabaseMemory(engine, 7, 3)
    older, newer = KeptProof("a" * 40, proven()), KeptProof("b" * 40, proven(patch=None))
    for one in (older, newer):
        memory.keep_proofs((one,))
    with engine.begin() as connection:
        connection.execute(sa.update(KEPT_PROOFS).values(used=0))
    there = memory.proofs()
    tidy(engine)

    assert there == memory.proofs() == (newer,)
    assert DatabaseMemory(engine, 7, 4).proofs() == ()


def test_what_is_used_is_not_old(engine: sa.Engine):
    """Thirty days after the last use a test is deleted; to run it is to use it."""
    used, unused = DatabaseMemory(engine, 7, 3), DatabaseMemory(engine, 7, 4)
    used.keep((KEPT,))
    unused.keep((KEPT,))
    with engine.begin() as connection:
        connection.execute(sa.update(KEPT_TESTS).values(used=0))
    used.tests()
    tidy(engine)

    assert used.tests() == (KEPT,)
    assert unused.tests() == ()


def test_a_damaged_row_is_said(engine: sa.Engine):
    """It is not taken for "nothing was found there"."""
    memory = DatabaseMemory(engine, 7, 3)
    memory.keep((KEPT,))
    with engine.begin() as connection:
        connection.execute(sa.update(KEPT_TESTS).values(content=b"x"))

    with pytest.raises(InputError, match="suture_kept_test"):
        memory.tests()
