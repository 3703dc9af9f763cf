"""Runs `suture serve` as an operator would, against the demo's GitHub, and reads what it logs."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.demo.scene import Scene
from bot.errors import SutureError

START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Service:
    """The running server with its worker, and its log lines as they come."""

    url: str
    process: subprocess.Popen[str]
    lines: queue.Queue[dict[str, Any]]
    kept: list[str]

    def tail(self) -> str:
        """The last log lines, for a person who has to find out what went wrong."""
        return "\n".join(self.kept[-15:])


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def settings_for(scene: Scene, port: int, folder: Path, python: str = sys.executable) -> dict[str, str]:
    """The environment variables an operator would set; the private key goes into a file only we can read.

    `python` runs the shop's tests: it has flask and pytest.
    """
    key = folder / "app.pem"
    key.touch(mode=0o600)
    key.write_text(scene.app.private_key)
    return {
        "PATH": os.pathsep.join(os.get_exec_path()),
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "SUTURE_CLIENT_ID": scene.app.client_id,
        "SUTURE_PRIVATE_KEY_PATH": str(key),
        "SUTURE_WEBHOOK_SECRET": scene.app.webhook_secret,
        "SUTURE_GITHUB_API_URL": scene.github.api,
        "SUTURE_DATA": str(folder / "data"),
        "SUTURE_PORT": str(port),
        "SUTURE_PYTHON": python,
        "SUTURE_REVIEWER": "rules",
        "SUTURE_WRITE_INTERVAL_S": "0",
    }


@contextmanager
def serving(environment: Mapping[str, str]) -> Iterator[Service]:
    """`suture serve` from when it is ready until the block ends. Raises SutureError if it does not start."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve"],
        env=dict(environment),
        cwd=environment["HOME"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    service = Service(f"http://127.0.0.1:{environment['SUTURE_PORT']}", process, queue.Queue(), [])
    reader = threading.Thread(target=_read, args=(service,), daemon=True)
    reader.start()
    try:
        _wait_until_ready(service)
        yield service
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        reader.join(timeout=5)
        if process.stderr is not None:
            process.stderr.close()


def _read(service: Service) -> None:
    for line in service.process.stderr or ():
        service.kept.append(line.rstrip())
        try:
            service.lines.put(json.loads(line))
        except ValueError:
            continue  # not one of our log lines; it is kept for the tail


def _wait_until_ready(service: Service) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if service.process.poll() is not None:
            raise SutureError(f"suture serve ended at once:\n{service.tail()}")
        try:
            with urllib.request.urlopen(f"{service.url}/readyz", timeout=5) as answer:  # noqa: S310  ours
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise SutureError(f"suture serve was not ready within {START_SECONDS} s:\n{service.tail()}")
