"""The runbook's commands for backup and restore, run as they stand there."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.jobs.inbox import DurableInbox
from bot.settings import Settings
from tests.fakes.workers import a_job, ends_of_jobs

ROOT = Path(__file__).parents[2]
RUNBOOK = ROOT / "deploy" / "README.md"


def command(program: str) -> list[str]:
    """The words of the one indented line that begins with this program."""
    lines = [line.strip() for line in RUNBOOK.read_text().splitlines() if line.startswith(f"    {program} ")]
    (line,) = [one for one in lines if "suture." in one]
    return shlex.split(line)


def run(words: list[str], folder: Path, **more: str) -> None:
    folders = [Path(sys.executable).parent, *Path("/usr/lib/postgresql").glob("*/bin"), *os.get_exec_path()]
    environment = {"PATH": os.pathsep.join(map(str, folders)), **more}
    subprocess.run(words, cwd=folder, env=environment, check=True)


def submit(settings: Settings, head: str) -> None:
    inbox = DurableInbox(settings)
    inbox.submit(a_job(head), f"delivery-{head}")
    inbox.close()


def heads(settings: Settings) -> list[str]:
    return sorted(name[-1] for name in ends_of_jobs(settings))


def test_sqlite(sqlite_settings: Settings) -> None:
    """A copy of the running database is whole, and what is put back is taken up again."""
    folder = sqlite_settings.data
    submit(sqlite_settings, "a")
    inbox = DurableInbox(sqlite_settings)  # it runs on
    inbox.submit(a_job("b"), "delivery-b")
    run(command("python3"), folder)
    inbox.close()
    submit(sqlite_settings, "c")

    (folder / "suture.backup").replace(folder / "suture.sqlite")
    for name in ("suture.sqlite-wal", "suture.sqlite-shm"):
        (folder / name).unlink(missing_ok=True)

    assert heads(sqlite_settings) == ["a", "b"]
    submit(sqlite_settings, "d")
    assert heads(sqlite_settings) == ["a", "b", "d"]


def test_postgres(postgres: str, tmp_path: Path) -> None:
    """The same with Postgres's own programs, over tables that hold something else by then."""
    settings = replace(Settings(), database_url=f"{postgres}suture_runbook")
    server = urlsplit(postgres)
    told = {"PGHOST": str(server.hostname), "PGPORT": str(server.port), "PGUSER": str(server.username)}
    submit(settings, "a")

    dump = command("pg_dump")
    assert dump.pop() == "suture"
    run([*dump, "suture_runbook"], tmp_path, **told)
    submit(settings, "b")
    assert heads(settings) == ["a", "b"]
    restore = [one.replace("--dbname=suture", "--dbname=suture_runbook") for one in command("pg_restore")]
    run(restore, tmp_path, **told)

    assert heads(settings) == ["a"]
    submit(settings, "c")
    assert heads(settings) == ["a", "c"]


@pytest.mark.parametrize("folder", ["systemd", "helm/suture", "seccomp"])
def test_what_it_names_is_there(folder: str) -> None:
    """Every file of deploy/ that the runbook links to exists."""
    text = RUNBOOK.read_text()
    links = [one.split(")")[0].partition("#")[0] for one in text.split("](")[1:]]

    assert folder in " ".join(links)
    assert [one for one in links if not (ROOT / "deploy" / one).exists()] == []
