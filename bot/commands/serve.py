"""`suture serve`: the web server that receives deliveries and, unless told otherwise, a worker beside it."""

from __future__ import annotations

import logging
import signal
import sys
import time
from collections.abc import Callable
from threading import Event
from typing import Any

import click
from granian import Granian
from granian.constants import Interfaces

from bot.config.read import read_host
from bot.credentials import load_settings, open_store
from bot.errors import SettingsError
from bot.jobs import DatabaseUnavailable
from bot.jobs.children import Child, keep_running
from bot.jobs.engine import migrate
from bot.jobs.patience import Patience
from bot.jobs.worker import GRACE
from bot.log import start_logging
from bot.settings import Settings

_log = logging.getLogger("suture.serve")
_LOOK_SECONDS = 2.0  # between looks whether set-up has ended
THREADS = 4  # a delivery waits for the disk, not for the processor
_LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "bot.log.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "loggers": {"_granian": {"handlers": ["stderr"], "level": "INFO", "propagate": False}},
}


@click.command(name="serve")
@click.option("--web-only", is_flag=True, help="Only receive deliveries; workers run elsewhere.")
def command(*, web_only: bool) -> None:
    """Receive GitHub's deliveries at POST /webhooks/github and review the pull requests.

    Without any credential of a GitHub App it begins with set-up, by a link that it prints.
    """
    settings = load_settings()
    if settings.has_no_app:
        open_store(settings).check()
    else:
        check(settings, web_only=web_only)
    start_logging()
    if web_only:
        _serve_web(settings)
    else:
        sys.exit(_serve_all())


def check(settings: Settings, *, web_only: bool) -> None:
    """Raise SettingsError for what has to be set, or mended, before anything may start."""
    missing = []
    if not settings.webhook_secrets:
        missing.append("SUTURE_WEBHOOK_SECRET (the webhook secret of the GitHub App)")
    if not web_only and not settings.app_id:
        missing.append("SUTURE_CLIENT_ID (the client id of the GitHub App)")
    if not web_only and settings.private_key is None:
        missing.append("SUTURE_PRIVATE_KEY_PATH (the file with the private key of the GitHub App)")
    if missing:
        raise SettingsError(f"Before the server can start, set {' and '.join(missing)}.")
    read_host(settings)


def _serve_web(settings: Settings) -> None:
    try:
        migrate(settings)
    except DatabaseUnavailable as exc:
        # /readyz says so too, and every delivery is answered with 503 until it is there.
        click.echo(f"suture: {exc}", err=True)
    Granian(
        "webhooks.wsgi:application",  # by name: bot never imports webhooks
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        factory=True,
        blocking_threads=THREADS,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        log_dictconfig=_LOGGING,
    ).serve()


def _serve_all() -> int:
    stop = Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda _number, _frame: stop.set())
    suture = (sys.executable, "-m", "bot")
    children = (
        Child("web", (*suture, "serve", "--web-only"), needed=True),
        Child("worker", (*suture, "worker"), needed=False, may_start=_once_there_is_an_app()),
    )
    return keep_running(children, stop, Patience(pause=1.0, growth=2.0), grace=GRACE + 5)


def _once_there_is_an_app() -> Callable[[], bool]:
    """Whether there are credentials, looked up now and then until there are."""
    found, due = False, 0.0

    def look() -> bool:
        nonlocal found, due
        if not found and time.monotonic() >= due:
            due = time.monotonic() + _LOOK_SECONDS
            try:
                found = not load_settings().has_no_app
            except SettingsError as exc:
                _log.error("credentials not read", extra={"reason": str(exc)})
        return found

    return look
