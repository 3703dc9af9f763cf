"""The stand-in as a server on a loopback port of its own."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any, Self

from werkzeug.serving import WSGIRequestHandler, make_server

from bot.demo.github.app import create_github
from bot.demo.github.state import GitHub


class _Quiet(WSGIRequestHandler):
    """Writes no access log; the journal is one."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's own name
        pass


class Server:
    """Serves a state from construction of `start` until `stop`; as a context manager it does both."""

    def __init__(self, state: GitHub, port: int = 0) -> None:
        self.state = state
        self._port = port
        self._server: Any = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return self.state.url

    def start(self) -> Server:
        """Listen on 127.0.0.1 (on a free port unless one was named) and set the state's URL."""
        app = create_github(self.state)
        self._server = make_server("127.0.0.1", self._port, app, threaded=True, request_handler=_Quiet)
        self.state.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="github", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening and delivering."""
        self.state.close()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join(timeout=30)
            self._server.server_close()
            self._server = self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
