"""The archive of reviews: what comes back, to whom, and for how long."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.jobs.archive import entries, entry, keep
from bot.jobs.chores import tidy
from bot.jobs.engine import database, migrate
from bot.jobs.tables import ARCHIVE
from bot.publish.archived import archived
from bot.records import Conclusion, Outcome
from bot.settings import Settings
from tests.fakes.published import proven
from tests.fakes.workers import a_job
from tests.unit.test_plan import a_change

ONE = archived(a_job(), Outcome(a_change(), Conclusion.FINDINGS, (proven(),)))
OTHER = replace(ONE, job=a_job(repository_id=8))


@pytest.fixture
def engine(job_settings: Settings) -> Iterator[sa.Engine]:
    migrate(job_settings)
    with database(job_settings) as made:
        yield made


def test_a_review_comes_back_to_who_may_see_its_repository(engine: sa.Engine):
    """Once a job, however often it is kept; whoever names another's gets nothing."""
    for review in (replace(ONE, declined=3), ONE, OTHER):
        keep(engine, review)
    (mine,) = entries(engine, {7}, since=0)

    assert mine.review == replace(ONE, report="")
    assert json.loads(ONE.report)["findings"][0]["id"] == proven().finding.id
    assert entry(engine, {7}, mine.workflow) == replace(mine, review=ONE)
    assert entry(engine, {8}, mine.workflow) is None
    assert entries(engine, (), since=0) == entries(engine, {7}, since=mine.ended + 1) == ()
    assert len(entries(engine, {7, 8}, since=0)) == 2


def test_old_reviews_go(engine: sa.Engine):
    """After thirty days."""
    keep(engine, ONE)
    keep(engine, OTHER)
    with engine.begin() as connection:
        connection.execute(sa.update(ARCHIVE).where(ARCHIVE.c.repository_id == 7).values(ended=0))
    tidy(engine)

    assert [one.review.job for one in entries(engine, {7, 8}, since=0)] == [OTHER.job]
