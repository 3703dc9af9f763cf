"""From GitHub's code to stored credentials: each step is done once, and what failed can be tried again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.credentials import Store, read_app
from bot.forge.registration import convert
from bot.settings import Settings
from webhooks.setup.session import Plan

_log = logging.getLogger("suture.setup")


@dataclass(frozen=True, slots=True)
class Made:
    """The App that GitHub made, as a page may show it."""

    slug: str
    html_url: str
    variables: Mapping[str, str]


class Desk:
    """Makes one App and stores its credentials. Thread-safe."""

    def __init__(self, settings: Settings, store: Store, done: Callable[[], None]) -> None:
        self._settings = settings
        self._store = store
        self._done = done
        self._lock = threading.Lock()
        self._made: Made | None = None
        self._is_stored = self._is_over = False

    @property
    def place(self) -> str:
        return self._store.place

    def take(self, plan: Plan, code: str) -> Made:
        """Have the code converted and the credentials stored; the same App for whoever asks again.

        Raises what `convert` and `Store.write` raise. After the latter, `store` tries again.
        """
        with self._lock:
            if self._made is None:
                app = read_app(convert(self._settings.github_api_url, code))
                variables = app.variables(self._settings, plan.public_url)
                self._made = Made(app.slug, app.html_url, variables)
                _log.info("App created", extra={"app": app.slug})
            return self._store_it(self._made)

    def store(self) -> Made | None:
        """Try again to store what GitHub gave; None when it gave nothing yet. Raises SettingsError."""
        with self._lock:
            return self._store_it(self._made) if self._made else None

    @property
    def is_unfinished(self) -> bool:
        """Whether GitHub made the App, and this server has not gone over to it."""
        return self._made is not None and not self._is_over

    def _store_it(self, made: Made) -> Made:
        if not self._is_stored:
            self._store.write(made.variables)
            self._is_stored = True
            _log.info("credentials stored", extra={"place": self._store.place})
        if not self._is_over:
            self._done()
            self._is_over = True
        return made
