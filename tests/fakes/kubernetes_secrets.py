"""The Secrets of a Kubernetes API server on loopback, for the real client."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml
from kubernetes_validate import ValidationError, validate

Json = dict[str, Any]
SECRET = ("suture", "app")
TOKEN = "made-up-token"
_PATH = re.compile(r"/api/v1/namespaces/([^/]+)/secrets(?:/([^/]+))?")


@dataclass
class FakeSecrets:
    """What the server knows, and the status that it refuses everything with."""

    secrets: dict[tuple[str, str], Json] = field(default_factory=dict)
    refuse: int = 0
    versions: int = 1


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    known: FakeSecrets

    def log_message(self, *_words: object) -> None:
        """Nothing on the terminal."""

    def _answer(self, code: int, body: Json) -> None:
        content = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _fail(self, code: int, message: str) -> None:
        self._answer(code, {"kind": "Status", "apiVersion": "v1", "message": message, "code": code})

    def _serve(self) -> None:
        asked = urlsplit(self.path)
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        found = _PATH.fullmatch(asked.path)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._fail(401, "Unauthorized")
        if self.known.refuse or not found:
            return self._fail(self.known.refuse or 404, "not for you")
        is_dry = parse_qs(asked.query).get("dryRun") == ["All"]
        key = (found[1], found[2] or body["metadata"]["name"])
        if self.command == "GET":
            kept = self.known.secrets.get(key)
            return self._answer(200, kept) if kept else self._fail(404, "not found")
        return self._take(self.command, key, body, is_dry=is_dry)

    def _take(self, method: str, key: tuple[str, str], body: Json, *, is_dry: bool) -> None:
        kept = self.known.secrets.get(key)
        try:
            validate({"apiVersion": "v1", "kind": "Secret", **body}, "1.34.0", strict=True)
        except ValidationError as exc:
            return self._fail(422, exc.message)
        if method == "POST" and kept:
            return self._fail(409, "already exists")
        if method == "PUT" and not kept:
            return self._fail(404, "not found")
        versions = [(one or {}).get("metadata", {}).get("resourceVersion") for one in (kept, body)]
        if method == "PUT" and versions[0] != versions[1]:
            return self._fail(409, "the object has been modified")
        self.known.versions += 1
        body["metadata"]["resourceVersion"] = str(self.known.versions)
        if not is_dry:
            self.known.secrets[key] = body
        return self._answer(201 if method == "POST" else 200, body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - names that http.server asks for


@contextmanager
def serving_secrets(config: Path) -> Iterator[FakeSecrets]:
    """The server until the block ends; `config` is written for clients."""
    known = FakeSecrets()
    handler = type("SecretsHandler", (_Handler,), {"known": known})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        named = {"name": "fake"}
        config.write_text(
            yaml.safe_dump(
                {
                    "current-context": "fake",
                    "clusters": [{**named, "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
                    "users": [{**named, "user": {"token": TOKEN}}],
                    "contexts": [{**named, "context": {"cluster": "fake", "user": "fake"}}],
                }
            )
        )
        try:
            yield known
        finally:
            server.shutdown()
            thread.join()
