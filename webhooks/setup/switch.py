"""One WSGI application for the whole life of the server: set-up first where it has no App, then its own."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TextIO

from flask import Flask

from bot.credentials import load_settings, open_store
from bot.errors import SettingsError
from bot.settings import Settings
from webhooks.setup import create_setup_app
from webhooks.setup.session import Session

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_log = logging.getLogger("suture.setup")
LOOK_SECONDS = 2.0  # between looks whether another process has set up
_WORD = """
suture: there is no GitHub App yet. Open this link in a browser within an hour to create it; it works once:

    {links}

"""


class SetUpFirst:
    """Serves set-up, and once there are credentials what `create` makes of them, without a restart.

    They may also have been stored by another process, or by hand. Thread-safe.
    """

    def __init__(
        self,
        settings: Settings,
        create: Callable[[Settings], Flask],
        console: TextIO = sys.stderr,
        *,
        load: Callable[[], Settings] = load_settings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        session = Session()
        self._create, self._load, self._clock = create, load, clock
        self._lock = threading.Lock()
        self._is_over = False
        self._due = clock() + LOOK_SECONDS
        self._app = create_setup_app(settings, open_store(settings), session, self._go_over)
        links = (f"{one}/setup?token={session.token}" for one in _addresses(settings))
        console.write(_WORD.format(links="\n    or, on this machine: ".join(links)))
        console.flush()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._is_over and self._clock() >= self._due:
            self._due = self._clock() + LOOK_SECONDS
            try:
                self._go_over()
            except SettingsError as error:
                _log.error("credentials not read", extra={"reason": str(error)})
        return self._app(environ, start_response)

    def _go_over(self) -> None:
        """Become the server, if there are credentials. Raises SettingsError."""
        with self._lock:
            settings = None if self._is_over else self._load()
            if settings and not settings.has_no_app:
                self._app = self._create(settings)
                self._is_over = True


def _addresses(settings: Settings) -> list[str]:
    """Where the pages are for people, and where they are on this machine, which may be all that is open."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - no address to go to, but to listen at
    host = everywhere.get(settings.host, settings.host)
    host = f"[{host}]" if ":" in host else host
    return [one for one in (settings.public_url, f"http://{host}:{settings.port}") if one]
