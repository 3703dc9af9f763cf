"""A sandbox that cannot be trusted runs nothing, and a bot that dies leaves nothing running."""

from __future__ import annotations

import os
import secrets
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.errors import SandboxUnavailable
from bot.records import RunStatus
from bot.sandbox import Command
from bot.sandbox.bubblewrap import Bubblewrap, open_sandbox
from bot.sandbox.cgroup import CONTROLLERS, OWN, ROOT
from bot.sandbox.processes import is_orphaned, own_mark
from tests.sandbox.conftest import PAYLOADS, SMALL, processes_with


def eventually(condition: Callable[[], bool]) -> bool:
    """Does it become true within ten seconds?"""
    for _ in range(200):
        if condition():
            return True
        time.sleep(0.05)
    return condition()


@contextmanager
def dying_bot(source: Path, script: str, mark: str, setting: str) -> Iterator[subprocess.Popen[bytes]]:
    words = [sys.executable, str(PAYLOADS / "mortal.py"), str(source), script, mark, setting]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as bot:
        try:
            assert bot.stdout is not None
            assert bot.stdout.readline() == b"ready\n"
            yield bot
        finally:
            bot.kill()


def cgroups_of(pid: int) -> list[Path]:
    lines = OWN.read_text().splitlines()
    paths = {
        name: path for _, names, path in (line.split(":", 2) for line in lines) for name in names.split(",")
    }
    parents = [ROOT / name / paths[name].strip("/") for name in CONTROLLERS if name in paths]
    parents += [ROOT / paths.get("", "").strip("/")]
    return [found for parent in parents for found in parent.glob(f"suture-{pid}-*")]


@pytest.mark.parametrize("setting", ["cgroup", "no-cgroup"])
def test_killed_bot_leaves_nothing_running(source: Path, setting: str) -> None:
    """SIGKILL of the bot ends its payload; a sweep takes away what is left of the sandbox."""
    mark = secrets.token_hex(8)
    seconds = f"120.{secrets.randbelow(10**9):09}"
    with dying_bot(source, f"sleep {seconds} & exec sleep {seconds}", mark, setting) as bot:
        assert eventually(lambda: len(processes_with(f"sleep\0{seconds}")) == 2)
    assert eventually(lambda: not processes_with(seconds))

    Bubblewrap().sweep()
    assert cgroups_of(bot.pid) == []


def test_bot_killed_at_any_moment_leaves_nothing(source: Path) -> None:
    """Killed while sandboxes start and end, a bot leaves at most what the next bot's sweep removes."""
    mark = secrets.token_hex(8)
    for delay in (0.0, 0.004, 0.011, 0.019, 0.027, 0.036):
        with dying_bot(source, "sleep 0.005", mark, "cgroup") as bot:
            time.sleep(delay)
        Bubblewrap().sweep()
        assert cgroups_of(bot.pid) == []
    assert eventually(lambda: not processes_with(mark))


def test_sweep_spares_the_living(sandbox: Bubblewrap, source: Path) -> None:
    """A sweep, also by another bot, leaves runs alone whose bot is alive."""
    mark = secrets.token_hex(8)
    done = threading.Event()

    def sweeps() -> bool:
        if processes_with(mark) and not done.is_set():
            Bubblewrap().sweep()
            done.set()
        return False

    script = "i=0; while [ $i -lt 8 ]; do sleep 0.1; i=$((i+1)); done; echo whole"
    execution = sandbox.run(Command(("/bin/sh", "-c", script, mark), source, limits=SMALL), sweeps)

    assert done.is_set()
    assert (execution.status, execution.stdout) == (RunStatus.EXITED, b"whole\n")


def test_marks_tell_the_dead_from_the_living() -> None:
    """A mark carries the start of its process: a reused number is not taken for its maker."""
    assert not is_orphaned(own_mark())
    space = own_mark().rpartition("-")[2]
    assert is_orphaned(f"suture-{os.getpid()}-1-{space}")
    assert not is_orphaned(f"suture-{os.getpid()}-1-{int(space) + 1}")  # a container's: another numbering
    assert not is_orphaned("somebody-elses-1-2")


def test_runs_side_by_side(sandbox: Bubblewrap, source: Path) -> None:
    """Runs of several threads do not see or end one another."""
    script = "echo $1 >/out/result; sleep 0.2; ls -d /proc/[0-9]*"
    commands = [Command(("/bin/sh", "-c", script, "sh", str(n)), source, limits=SMALL) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        executions = list(pool.map(sandbox.run, commands))

    assert [one.result for one in executions] == [b"0\n", b"1\n", b"2\n", b"3\n"]
    assert all(len(one.stdout.split()) <= 3 for one in executions)  # the supervisor, this shell, ls


def test_descriptors_and_cgroups_do_not_pile_up(sandbox: Bubblewrap, source: Path) -> None:
    """After a run the bot holds as much as before."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        sandbox.run(Command(("/bin/true",), source, limits=SMALL))

    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert cgroups_of(os.getpid()) == []


def program(folder: Path, text: str) -> Path:
    path = folder / "bwrap"
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return path


def test_missing_bubblewrap_says_what_to_do(source: Path) -> None:
    """Without bwrap nothing runs, and the message names the package."""
    missing = Bubblewrap(source / "absent")
    with pytest.raises(SandboxUnavailable, match="apt-get install bubblewrap"):
        missing.check()
    with pytest.raises(SandboxUnavailable):
        missing.run(Command(("/bin/true",), source))


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("bwrap: No permissions to create new namespace", "AppArmor"),
        ("bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted", "userns"),
        ("bwrap: setting up uid map: Permission denied", "AppArmor"),
        ("bwrap: something new", "bwrap --ro-bind"),
    ],
)
def test_refused_namespaces_say_what_to_do(open_folder: Path, said: str, advice: str) -> None:
    """A machine that refuses namespaces is told apart, with its remedy."""
    refusing = Bubblewrap(program(open_folder, f"#!/bin/sh\necho '{said}' >&2\nexit 1\n"))
    with pytest.raises(SandboxUnavailable, match=advice):
        refusing.check()


@pytest.mark.parametrize(
    ("left_out", "instead", "hole"),
    [
        ("--remount-ro / ", "", "write-root"),
        ("--remount-ro /dev ", "", "write-dev"),
        ("--as-pid-1 ", "", "first-process"),
        ("--perms 0111 ", "--perms 0755 ", "supervisor, supervisor-memory"),
        ("--unshare-all ", "--unshare-user --unshare-pid --unshare-uts ", "network"),
        ("--seccomp [0-9]+ ", "", "new-namespace|system-calls"),
        ("--size [0-9]+ --tmpfs /tree ", "--tmpfs /tree ", "size-of-tree"),
        ("--ro-bind (\\S+) /src ", r"--bind \1 /src --ro-bind /var /var ", "host-files"),
        ("--uid 1000 ", "--uid 0 ", "is-root"),
    ],
)
def test_sandbox_with_a_hole_runs_nothing(open_folder: Path, left_out: str, instead: str, hole: str) -> None:
    """A bwrap that leaves out one protection is found out by the start-up probes."""
    lines = (
        "#!/usr/bin/python3 -I",
        "import os, re, sys",
        "line = ' '.join(word.replace(' ', '\\0') for word in sys.argv[1:])",
        f"line = re.sub({left_out!r}, {instead!r}, line, count=1)",
        "os.execv('/usr/bin/bwrap', ['bwrap', *(word.replace('\\0', ' ') for word in line.split(' '))])",
    )
    with pytest.raises(SandboxUnavailable, match=rf"does not hold \(.*({hole})"):
        Bubblewrap(program(open_folder, "\n".join(lines)), proc=True).check()


def test_without_proc_it_still_holds(source: Path) -> None:
    """In a container that masks /proc, the sandbox has none, and says so."""
    sandbox = Bubblewrap(proc=False)
    assert sandbox.check().has_proc is False

    execution = sandbox.run(Command(("/bin/sh", "-c", "ls /proc; echo x >changed"), source, limits=SMALL))
    assert (execution.status, execution.stdout, execution.written) == (RunStatus.EXITED, b"", ("changed",))


def test_open_sandbox_is_ready(source: Path) -> None:
    """The machine's own choice runs a command."""
    assert open_sandbox().run(Command(("/bin/true",), source)).exit_code == 0
