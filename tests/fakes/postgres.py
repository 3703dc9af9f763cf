"""A real Postgres server of one's own: made in a temporary folder, on a loopback port, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NoPostgres(Exception):
    """No server can be started here; the message says why."""


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[str]:
    """The URL of a running server, without a database's name at its end; `durable` outlives a power cut.

    Raises NoPostgres.
    """
    programs = _programs()
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="suture-pg-", dir="/tmp"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        port = free_port()
        data = folder / "data"
        _run([programs / "initdb", "-D", data, "-U", "suture", "-A", "trust", "-N", "-E", "UTF8"], user)
        fsync = "on" if durable else "off"
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync={fsync} -c max_connections=60"
        log = folder / "log"
        _run([programs / "pg_ctl", "-D", data, "-w", "-t", "60", "-l", log, "-o", options, "start"], user)
        try:
            yield f"postgresql://suture@127.0.0.1:{port}/"
        finally:
            _run([programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], user)
    finally:
        shutil.rmtree(folder)


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _programs() -> Path:
    folders = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    if found := shutil.which("pg_ctl"):
        folders.append(Path(found).parent)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise NoPostgres("initdb and pg_ctl are not installed")


def _user() -> str | None:
    """Whom to run as: Postgres refuses to be run by root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise NoPostgres("root may not run Postgres, and there is no user postgres or nobody")


def _run(argv: list[str | Path], user: str | None) -> None:
    done = subprocess.run(
        [str(one) for one in argv],
        user=user,
        cwd="/tmp",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # a pipe would be inherited by the server and never end
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        raise NoPostgres(f"{Path(argv[0]).name} ended with {done.returncode}")
