"""The clouds' doors to the stand-in: their addresses, and a check of the credential that each asks for.

Signatures are computed anew from what came over the wire, so that one over something else is found out.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, unquote

Json = dict[str, Any]
AWS_KEY_ID, AWS_SECRET = "AKIDEXAMPLE", "made-up-secret"
TOKEN = "made-up-token"

_BEDROCK = re.compile(r"/model/([^/]+)/invoke")
_VERTEX = re.compile(r"/projects/proj/locations/eu/publishers/anthropic/models/([^/:]+):rawPredict")
_PREFIXES = ("/anthropic/v1/messages", "/gateway/v1/messages")  # Foundry and Mantle; Google Cloud


def as_messages(path: str, headers: Mapping[str, str], request: Json) -> tuple[str, dict[str, str], Json]:
    """A cloud's request as the plain API would have got it; any other one as it is."""
    if (named := _BEDROCK.fullmatch(path) or _VERTEX.fullmatch(path)) is None:
        return "/v1/messages" if path in _PREFIXES else path, dict(headers), request
    rest = dict(request)
    version = {"anthropic-version": rest.pop("anthropic_version", "")}
    return "/v1/messages", {**headers, **version}, {"model": unquote(named[1]), **rest}


def is_signed(method: str, path: str, headers: Mapping[str, str], body: bytes, service: str) -> bool:
    """Is the AWS signature (version 4) right for exactly this request?"""
    found = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=(\w+)/(\d+/[\w-]+/([\w-]+)/aws4_request), "
        r"SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})",
        headers.get("authorization", ""),
    )
    if found is None or found[1] != AWS_KEY_ID or found[3] != service:
        return False
    _, scope, _, signed, signature = found.groups()
    canonical = "\n".join(
        (
            method,
            quote(path, safe="/-_.~"),
            "",
            *(f"{name}:{' '.join(headers[name].split())}" for name in signed.split(";")),
            "",
            signed,
            hashlib.sha256(body).hexdigest(),
        )
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{AWS_SECRET}".encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    text = "\n".join(("AWS4-HMAC-SHA256", headers["x-amz-date"], scope, digest))
    return hmac.compare_digest(_hmac(key, text).hex(), signature)


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


@contextmanager
def token_service(status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """Where Google's and Azure's libraries fetch a token: its address and the paths it was asked by."""
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _token_handler(asked, status))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _token_handler(asked: list[str], status: int) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers.get("content-length", 0)))
            token = {"access_token": TOKEN, "expires_in": 3600, "expires_on": "4102444800"}
            refusal = {"error": "invalid_grant", "error_description": "the account is disabled"}
            body = json.dumps(token | {"token_type": "Bearer"} if status < 400 else refusal).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET: Callable[[], None] = _answer  # noqa: N815 - the base class's names
        do_POST: Callable[[], None] = _answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing: the journal is `asked`."""

    return Handler
