"""`suture serve` as an operator starts it: the real web server in its own process, over HTTP."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.fakes.databases import WEBHOOK_SECRET
from tests.fakes.deliveries import headers, pull_request
from tests.fakes.postgres import free_port
from tests.fakes.workers import ends_of_jobs, wait_until


def environment(settings: Settings, port: int, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "SUTURE_DATA": str(settings.data),
        "SUTURE_DATABASE_URL": settings.database_url,
        "SUTURE_PORT": str(port),
        **more,
    }


def suture(*args: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "bot", *args]
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=False)


def answers(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def ask(port: int, method: str, path: str, body: bytes = b"", **sent: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body, sent)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


@contextmanager
def serving(settings: Settings, log: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    env = environment(settings, port, SUTURE_WEBHOOK_SECRET=WEBHOOK_SECRET)
    with log.open("wb") as file:
        process = subprocess.Popen([sys.executable, "-m", "bot", "serve", "--web-only"], env=env, stderr=file)
        try:
            wait_until(lambda: process.poll() is not None or answers(port))
            assert process.poll() is None, log.read_text()
            yield port, process
        finally:
            process.kill()
            process.wait()


def test_a_delivery_over_http(job_settings: Settings, tmp_path: Path):
    """Signed and sent: 202, and the job is in the database. SIGTERM ends the server cleanly."""
    body = pull_request("opened")
    log = tmp_path / "log"
    with serving(job_settings, log) as (port, process):
        stored = ask(port, "POST", "/webhooks/github", body, **headers(body, "pull_request", "g1"))
        again = ask(port, "POST", "/webhooks/github", body, **headers(body, "pull_request", "g1"))
        forged = ask(port, "POST", "/webhooks/github", body, **headers(body, "pull_request", "g2", "guess"))
        health = ask(port, "GET", "/healthz")
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)

    assert [stored[0], again[0], forged[0], health[0]] == [202, 202, 403, 200]
    assert "duplicate" in again[1]
    assert list(ends_of_jobs(job_settings)) == ["pr:7:3:" + "a" * 40]
    assert code == 0
    assert WEBHOOK_SECRET not in log.read_text()
    assert '"delivery": "g1"' in log.read_text()


def test_a_body_of_unknown_length(sqlite_settings: Settings, tmp_path: Path):
    """A chunked body is verified whole; one that does not end is refused once it is too long."""
    body = pull_request("opened")
    endless = (b"0" * 2**20 for _ in range(26))  # as much as is read of any
    with serving(sqlite_settings, tmp_path / "log") as (port, _):
        sent = headers(body, "pull_request", "g1")
        statuses = [send_chunks(port, chunks, sent) for chunks in (iter([body[:10], body[10:]]), endless)]

    assert statuses == [202, 413]
    assert list(ends_of_jobs(sqlite_settings)) == ["pr:7:3:" + "a" * 40]


def send_chunks(port: int, chunks: Iterator[bytes], sent: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/webhooks/github", chunks, sent, encode_chunked=True)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize(
    ("args", "more", "names"),
    [
        (("serve", "--web-only"), {"SUTURE_CLIENT_ID": "x"}, ["SUTURE_WEBHOOK_SECRET"]),
        (("serve",), {"SUTURE_CREDENTIALS": "vault"}, ["SUTURE_CREDENTIALS"]),
        (("worker",), {}, ["suture serve"]),
        (("serve",), {"SUTURE_WEBHOOK_SECRET": "x"}, ["SUTURE_CLIENT_ID", "SUTURE_PRIVATE_KEY_PATH"]),
        (("serve",), {"SUTURE_PORT": "http"}, ["SUTURE_PORT"]),
        (
            ("serve", "--web-only"),
            {"SUTURE_WEBHOOK_SECRET": "x", "SUTURE_DATABASE_URL": "nonsense"},
            ["SUTURE_DATABASE_URL"],
        ),
    ],
)
def test_what_has_to_be_set(
    sqlite_settings: Settings, args: tuple[str, ...], more: dict[str, str], names: list[str]
):
    """Nothing starts without its settings: exit code 2 and one sentence that names them."""
    done = suture(*args, env={**environment(sqlite_settings, free_port()), **more})

    assert done.returncode == 2
    assert all(name in done.stderr for name in names)
    assert "Traceback" not in done.stderr


def test_the_database_is_for_its_owner_alone(sqlite_settings: Settings, tmp_path: Path):
    """It holds other people's code, whatever the folder that the operator made lets others do."""
    sqlite_settings.data.mkdir(mode=0o755)
    body = pull_request("opened")
    with serving(sqlite_settings, tmp_path / "log") as (port, _):
        ask(port, "POST", "/webhooks/github", body, **headers(body, "pull_request", "g1"))
        modes = {one.name: one.stat().st_mode & 0o777 for one in sqlite_settings.data.glob("*.sqlite*")}

    assert "suture.sqlite" in modes
    assert set(modes.values()) == {0o600}
