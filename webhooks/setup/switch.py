"""One WSGI application for the whole life of the server: set-up first where it has no App, then its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TextIO

from flask import Flask

from bot.credentials import load_settings, open_store
from bot.settings import Settings
from webhooks.setup import create_setup_app
from webhooks.setup.session import Session

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_WORD = """
suture: there is no GitHub App yet. Open this link in a browser within an hour to create it; it works once:

    {link}

"""


class SetUpFirst:
    """Serves set-up, and once the credentials are stored what `create` makes of them, without a restart."""

    def __init__(
        self, settings: Settings, create: Callable[[Settings], Flask], console: TextIO = sys.stderr
    ) -> None:
        session = Session()
        self._create = create
        self._app = create_setup_app(settings, open_store(settings), session, self._go_over)
        console.write(_WORD.format(link=f"{_address(settings)}/setup?token={session.token}"))
        console.flush()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._app(environ, start_response)

    def _go_over(self) -> None:
        self._app = self._create(load_settings())


def _address(settings: Settings) -> str:
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - no address to go to, but to listen at
    host = everywhere.get(settings.host, settings.host)
    host = f"[{host}]" if ":" in host else host
    return settings.public_url or f"http://{host}:{settings.port}"
