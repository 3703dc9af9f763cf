"""Fixtures: the jobs' database as an SQLite file and as a Postgres server, for the same tests."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import Secret, Settings
from tests.fakes.postgres import NoPostgres, postgres_server

WEBHOOK_SECRET = "a secret of the tests"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    try:
        with postgres_server() as url:
            yield url
    except NoPostgres as exc:
        pytest.skip(str(exc))


@pytest.fixture(params=["sqlite", "postgres"])
def job_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings over a database of this test's own, which does not exist yet."""
    url = ""
    if request.param == "postgres":
        url = f"{request.getfixturevalue('postgres')}suture_{uuid.uuid4().hex[:12]}"
    return Settings(
        data=tmp_path / "data", database_url=url, webhook_secrets=(Secret(WEBHOOK_SECRET),), concurrency=2
    )


@pytest.fixture
def sqlite_settings(tmp_path: Path) -> Settings:
    """The same over an SQLite file only, for what does not depend on the database."""
    return Settings(data=tmp_path / "data", webhook_secrets=(Secret(WEBHOOK_SECRET),))
