"""Deliveries that failed are asked for again: once for each failure, at growing intervals, not for ever."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.serving import make_server

from bot.demo.github.events import emit_pull
from bot.forge.deliveries import FIRST_PAUSE, MOST_TRIES, sweep_deliveries
from bot.jobs.engine import database, migrate
from bot.jobs.inbox import DurableInbox
from bot.jobs.tables import REDELIVERIES
from bot.settings import Secret, Settings
from tests.fakes.octo import World, world
from tests.fakes.postgres import free_port
from tests.fakes.workers import ends_of_jobs
from webhooks import create_app


@dataclass
class Post:
    """GitHub, the App's hook, and who sweeps."""

    there: World
    settings: Settings
    engine: sa.Engine

    def sweep(self, later: float = 0.0) -> int:
        asked = sweep_deliveries(self.engine, self.settings, time.time() + later)
        self.there.state.hooks.wait()
        return asked

    def send(self) -> None:
        pull = self.there.pull
        emit_pull(self.there.state, pull, "opened", pull.author)
        self.there.state.hooks.wait()

    def statuses(self) -> list[list[int]]:
        return [one.statuses for one in self.there.state.hooks.deliveries if one.statuses]

    def left(self) -> int:
        with self.engine.connect() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(REDELIVERIES)) or 0


@pytest.fixture
def post(tmp_path: Path, sqlite_settings: Settings) -> Iterator[Post]:
    with world(tmp_path) as there:
        there.app.hook_url = f"http://127.0.0.1:{free_port()}/webhooks/github"
        settings = replace(
            sqlite_settings,
            webhook_secrets=(Secret(there.app.webhook_secret),),
            app_id=there.app.client_id,
            private_key=Secret(there.app.private_key),
            github_api_url=there.state.api,
        )
        migrate(settings)
        with database(settings) as engine:
            yield Post(there, settings, engine)


@contextmanager
def receiving(post: Post, app: Flask | None = None) -> Iterator[None]:
    """Suture answers at the App's hook URL within the block."""
    inbox = DurableInbox(post.settings)
    port = int(post.there.app.hook_url.split(":")[2].split("/")[0])
    server = make_server("127.0.0.1", port, app or create_app(post.settings, inbox))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        inbox.close()


def test_a_delivery_that_nobody_answered(post: Post):
    """It is sent again when somebody is there, once, and becomes the job that it asks for."""
    post.send()
    assert post.statuses() == [[0]]

    with receiving(post):
        assert post.sweep() == 1
        assert post.sweep() == 0
    assert post.statuses() == [[0, 202]]
    assert list(ends_of_jobs(post.settings).values()) == [None]
    assert post.left() == 0


def test_deliveries_that_came_are_left_alone(post: Post):
    """Nothing is asked for twice: neither what came, nor what came at a later attempt of GitHub's owner."""
    post.send()
    with receiving(post):
        post.there.state.hooks.redeliver(post.there.state.hooks.deliveries[-1])
        post.there.state.hooks.wait()
        post.send()

        assert post.sweep() == 0
    assert post.statuses() == [[0, 202], [202]]


def test_pauses_grow_and_there_is_an_end(post: Post):
    """Each try waits twice as long as the one before; after the last one it is given up, and stays so."""
    post.send()
    assert [post.sweep(), post.sweep(FIRST_PAUSE - 60), post.sweep(FIRST_PAUSE + 60)] == [1, 0, 1]
    later = FIRST_PAUSE + 60
    for number in range(2, MOST_TRIES + 3):
        later += FIRST_PAUSE * 2**number
        if later < 2.5 * 86_400:
            post.sweep(later)

    assert len(post.statuses()[0]) == MOST_TRIES + 1
    assert post.sweep(later) == 0


def test_what_github_keeps_no_longer(post: Post):
    """An old failure is not asked for."""
    post.there.state.clock_offset = timedelta(days=-4)
    post.send()
    post.there.state.clock_offset = timedelta()

    assert post.sweep() == 0
    assert post.statuses() == [[0]]


def test_many_pages(post: Post):
    """A long list is read to where the last sweep began, and no further."""
    state, url = post.there.state, post.there.app.hook_url
    post.there.app.hook_url, state.clock_offset = "", timedelta(minutes=-10)
    for number in range(130):
        emit_pull(state, post.there.pull, "opened", post.there.pull.author)
        state.hooks.note(state.hooks.deliveries[-1], 202 if number else 503)
    post.there.app.hook_url, state.clock_offset = url, timedelta()

    def pages() -> int:
        return len(state.journal.calls("GET", "/app/hook/deliveries"))

    with receiving(post):
        assert post.sweep() == 1
        post.send()
        assert post.sweep() == 0
        before = pages()
        assert post.sweep() == 0
        assert (before, pages()) == (4, 5)
