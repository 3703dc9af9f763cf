"""Whoever answers with another address gets us nowhere: no token, key or code is sent after it."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.errors import ForgeError, ForgeUnavailable, ReviewerError
from bot.forge.api import Api, Pauses
from bot.forge.checkout import Mirror
from bot.review.claude.client import build_client
from bot.review.reviewers.claude import claude_reviewer
from bot.settings import Secret
from tests.fakes.claude_case import ONE_LOOK, a_material

SECRET = "a-secret-of-ours"


@contextmanager
def listening(
    status: int = 200, headers: tuple[tuple[str, str], ...] = (), body: object = ()
) -> Iterator[tuple[int, list[str]]]:
    """A server that answers everything alike: its port, and all that it was sent."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            seen.append(f"{self.command} {self.path}\n{self.headers}\n{sent!r}")
            said = json.dumps(body).encode()
            self.send_response(status)
            for name, value in (*headers, ("Content-Type", "application/json")):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = answer  # noqa: N815  the library's names

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1], seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def leading_away(status: int) -> Iterator[tuple[str, list[str], list[str]]]:
    """Where we are told to go, what was asked there, and what was asked at the address it leads to."""
    with listening() as (far, arrived):
        away = (("Location", f"http://localhost:{far}/elsewhere"),)  # another host than 127.0.0.1
        with listening(status, away) as (near, asked):
            yield f"http://127.0.0.1:{near}", asked, arrived


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_githubs_api(status: int, method: str) -> None:
    """The call fails or is not understood; the other host hears nothing."""
    with leading_away(status) as (address, asked, arrived):
        api = Api(f"{address}/api/v3", lambda: Secret(SECRET), Pauses(0, 0))
        if status == 301:
            with pytest.raises(ForgeError, match="SUTURE_GITHUB_API_URL"):
                api.call(method, "/repos/acme/shop/pulls/1")
        else:
            assert not api.call(method, "/repos/acme/shop/pulls/1")

    assert SECRET in asked[0]
    assert arrived == []


def test_a_list_goes_on_at_the_same_host() -> None:
    """The address that `Link` gives for the next page is not asked, whatever host it names."""
    with listening() as (far, arrived):
        link = (("Link", f'<http://localhost:{far}/repositories/1?page=2>; rel="next"'),)
        with listening(200, link, [1]) as (near, asked):
            api = Api(f"http://127.0.0.1:{near}", lambda: Secret(SECRET), Pauses(0, 0))
            pages = api.pages("/installation/repositories")
            assert next(pages) == 1
            with pytest.raises(ForgeUnavailable, match="the same page"):
                next(pages)

    assert [one.split()[1] for one in asked] == [
        "/installation/repositories?page=1&per_page=100",
        "/installation/repositories?page=2&per_page=100",
    ]
    assert arrived == []


@pytest.mark.parametrize("status", [301, 302, 307])
def test_git(status: int, tmp_path: Path) -> None:
    """A fetch that is sent elsewhere fails there and then."""
    with leading_away(status) as (address, asked, arrived), pytest.raises(ForgeError):
        Mirror(tmp_path, 1).fetch(address, "acme/shop", ["refs/heads/main"], Secret(SECRET))

    assert asked
    assert arrived == []
    left = subprocess.run(["grep", "-r", SECRET, tmp_path], capture_output=True, check=False)
    assert left.stdout == b""


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_models_service(status: int, tmp_path: Path) -> None:
    """The review fails, saying so; neither the key nor the code is sent on."""
    with (
        leading_away(status) as (address, asked, arrived),
        build_client(api_key=SECRET, base_url=address) as client,
        pytest.raises(ReviewerError, match="leads elsewhere"),
    ):
        claude_reviewer(ONE_LOOK, client).review(a_material(tmp_path / "tree"))

    assert SECRET in asked[0]
    assert arrived == []
