"""The processes of `suture serve`: workers come back, the web server's end is everybody's, none is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

from bot.jobs.children import Child, keep_running
from bot.jobs.executor import executor_name
from bot.jobs.patience import Patience
from bot.settings import Settings
from tests.fakes.workers import wait_until

ROOT = Path(__file__).parents[2]
QUICK = Patience(pause=0.01, growth=1.5)
FOREVER = "import time; time.sleep(600)"


def python(code: str, *args: object) -> tuple[str, ...]:
    return (sys.executable, "-c", textwrap.dedent(code), *(str(one) for one in args))


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_worker_that_dies_is_started_again(tmp_path: Path):
    """However often a worker dies, there is one; the web server is not disturbed, and both end in the end."""
    starts = tmp_path / "starts"
    note = "import os, sys; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n');"
    web = Child("web", python(FOREVER), needed=True)
    worker = Child("worker", python(note + "os.kill(os.getpid(), 9)", starts), needed=False)
    stop = threading.Event()
    watch = threading.Thread(target=lambda: (wait_until(lambda: len(lines(starts)) >= 3), stop.set()))
    watch.start()

    code = keep_running([web, worker], stop, QUICK, grace=10)
    watch.join()

    assert code == 0
    assert len(set(lines(starts))) >= 3
    assert web.process is not None
    assert web.process.returncode == -signal.SIGTERM


def test_a_worker_waits_until_it_may_start(tmp_path: Path):
    """A child that may not start yet is asked for again, and starts once it may."""
    note, asked = tmp_path / "note", []
    code = "import sys, time; open(sys.argv[1], 'w'); time.sleep(600)"
    worker = Child("worker", python(code, note), needed=False, may_start=lambda: asked.append(1) or is_done)
    is_done, stop = False, threading.Event()
    watch = threading.Thread(target=keep_running, args=([worker], stop, QUICK, 10))
    watch.start()
    wait_until(lambda: len(asked) >= 2)
    started_early = note.exists()
    is_done = True
    wait_until(note.exists)
    stop.set()
    watch.join()

    assert not started_early


def test_the_web_server_s_end_ends_all():
    """Without a web server nothing goes on; its exit code is told."""
    web = Child("web", python("raise SystemExit(3)"), needed=True)
    worker = Child("worker", python(FOREVER), needed=False)

    assert keep_running([worker, web], threading.Event(), QUICK, grace=10) == 3
    assert worker.process is not None
    assert worker.process.returncode == -signal.SIGTERM


def test_who_does_not_end_is_killed(tmp_path: Path):
    """A child that does not heed SIGTERM does not outlive the grace."""
    ready = tmp_path / "ready"
    deaf = (
        "import signal, sys, time; signal.signal(15, signal.SIG_IGN); open(sys.argv[1], 'w'); time.sleep(600)"
    )
    child = Child("worker", python(deaf, ready), needed=False)
    stop = threading.Event()
    watch = threading.Thread(target=lambda: (wait_until(ready.exists), stop.set()))
    watch.start()

    keep_running([child], stop, QUICK, grace=0.2)
    watch.join()

    assert child.process is not None
    assert child.process.returncode == -signal.SIGKILL


def test_children_do_not_outlive_a_killed_parent(tmp_path: Path):
    """`kill -9` of the parent ends the children too, so that the next start finds port and database free."""
    pids = tmp_path / "pids"
    code = f"""
        import sys, threading
        from bot.jobs.children import Child, keep_running
        from bot.jobs.patience import Patience
        child = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"
        argv = (sys.executable, "-c", child, {str(pids)!r})
        keep_running([Child("worker", argv, needed=False)], threading.Event(), Patience(), grace=5)
    """
    parent = subprocess.Popen(python(code), cwd=ROOT)
    wait_until(lambda: bool(lines(pids)))
    child = int(pids.read_text())
    assert is_running(child)

    parent.kill()
    parent.wait()

    wait_until(lambda: not is_running(child))


def test_one_worker_on_an_sqlite_file(sqlite_settings: Settings):
    """A second worker waits for the first one to go, and then has its name."""
    never, names = threading.Event(), []

    def second() -> None:
        with executor_name(sqlite_settings, never) as name:
            names.append(name)

    with executor_name(sqlite_settings, never) as first:
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.3)
        assert names == []
    thread.join()

    assert names == [first] == ["local-0"]


def test_a_waiting_worker_can_be_stopped(sqlite_settings: Settings):
    """A second worker that is told to end while it waits has no name and nothing to do."""
    stop = threading.Event()
    with executor_name(sqlite_settings, threading.Event()):
        stop.set()
        with executor_name(sqlite_settings, stop) as name:
            assert name is None


def test_workers_of_one_machine_on_postgres(tmp_path: Path):
    """With Postgres each worker of a machine has a name of its own."""
    settings = Settings(data=tmp_path, database_url="postgresql://suture@127.0.0.1/suture")
    never = threading.Event()
    with executor_name(settings, never) as first, executor_name(settings, never) as second:
        assert first != second
        assert {first, second} == {f"{os.uname().nodename}-{number}" for number in (0, 1)}
