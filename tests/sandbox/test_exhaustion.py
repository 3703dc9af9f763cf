"""Whatever the payload uses up is its own share; when it ends, or is ended, nothing of it is left."""

from __future__ import annotations

import dataclasses
import secrets
import time
from pathlib import Path
from typing import Any

import pytest

from bot.records import RunStatus
from bot.sandbox import MIB, Command, Execution, Limits
from bot.sandbox.bubblewrap import Bubblewrap
from tests.sandbox.conftest import SMALL, Payload, processes_with

HOG = "held = []\nwhile True:\n    held.append(bytearray(b'x') * (4 << 20))\n"


def limits(**changed: Any) -> Limits:
    return dataclasses.replace(SMALL, **changed)


def gone(word: str) -> bool:
    """Does every process that carries the word disappear (a killed one takes a moment to be reaped)?"""
    for _ in range(100):
        if not processes_with(word):
            return True
        time.sleep(0.05)
    return False


def test_forks_end_at_the_limit(payload: Payload) -> None:
    """A program that forks on gets an error at its limit, and its children end with it."""
    word = secrets.token_hex(8)
    program = (
        "import os, time\nmade = 0\n"
        "while True:\n"
        "    try:\n        child = os.fork()\n"
        "    except OSError:\n        break\n"
        "    if not child:\n        time.sleep(60)\n"
        "    made += 1\n"
        "print(made)"
    )
    execution = payload(program, word)

    assert execution.status is RunStatus.EXITED
    assert 8 <= int(execution.stdout) < SMALL.processes
    assert gone(word)


def test_wild_forks_are_ended(payload: Payload) -> None:
    """Every process forks as fast as it can: the time limit takes all of them."""
    word = secrets.token_hex(8)
    program = "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass"
    execution = payload(program, word, limits=limits(wall=1.5, memory=1024 * MIB))

    assert execution.status is RunStatus.TIMEOUT
    assert execution.exit_code is None
    assert gone(word)


def test_threads_count_as_processes(payload: Payload) -> None:
    """Threads end at the same limit."""
    program = (
        "import threading, time, os\nmade = 0\n"
        "try:\n"
        "    while made < 1000:\n"
        "        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n        made += 1\n"
        "except RuntimeError:\n    pass\n"
        "print(made, flush=True)\nos._exit(0)"
    )
    assert 8 <= int(payload(program).stdout) < SMALL.processes


def _memory_held(execution: Execution, sandbox: Bubblewrap) -> None:
    assert execution.exit_code != 0
    assert execution.peak <= 2 * SMALL.memory
    if sandbox.check().hard_memory:
        assert execution.status is RunStatus.MEMORY


def test_memory_of_one_process(payload: Payload, sandbox: Bubblewrap) -> None:
    """One process cannot hold more than the limit."""
    _memory_held(payload(HOG), sandbox)


def test_memory_of_many_processes(payload: Payload) -> None:
    """Nor can many together, each of them below it."""
    program = (
        "import os, time\n"
        "for _ in range(10):\n"
        "    if not os.fork():\n        held = bytearray(b'x') * (40 << 20)\n        time.sleep(60)\n"
        "while True:\n    os.wait()"
    )
    assert payload(program).status is RunStatus.MEMORY


def test_memory_in_nameless_files(payload: Payload, sandbox: Bubblewrap) -> None:
    """memfd is counted by the cgroup; without one it is refused."""
    program = "import os\nfd = os.memfd_create('x')\nwhile True:\n    os.write(fd, bytes(4 << 20))"
    _memory_held(payload(program, limits=limits(file=1024 * MIB)), sandbox)


@pytest.mark.parametrize(
    ("folder", "most"),
    [("/tree", SMALL.work), ("/tmp", SMALL.tmp), ("/out", 16 * MIB), ("/dev/shm", 64 * MIB)],
)
def test_folders_have_a_size(payload: Payload, folder: str, most: int) -> None:
    """Each writable folder is full at its size."""
    program = f"head -c 200000000 /dev/zero >{folder}/full; wc -c <{folder}/full"
    assert 0 < int(payload(program, sh=True).stdout) <= most


@pytest.mark.parametrize("stream", ["1", "2"])
def test_flood_is_ended_and_not_kept(payload: Payload, stream: str) -> None:
    """Output without end is ended at the flood limit; of it, a start and an end are kept."""
    execution = payload(f"yes 0123456789 >&{stream}", sh=True, limits=limits(flood=4 * MIB, kept_output=1000))

    assert execution.status is RunStatus.OUTPUT_LIMIT
    assert len(execution.stdout + execution.stderr) < 1100
    assert b"bytes dropped" in execution.stdout + execution.stderr


def test_output_below_the_flood_is_cut_in_the_middle(payload: Payload) -> None:
    """The command's first and last words are kept."""
    execution = payload(
        "echo first; yes | head -c 10000; echo last", sh=True, limits=limits(kept_output=1000)
    )

    assert execution.status is RunStatus.EXITED
    assert execution.stdout.startswith(b"first\n")
    assert execution.stdout.endswith(b"last\n")


def test_orphans_end_with_the_command(payload: Payload) -> None:
    """A daemon that left its session and ignores signals does not outlive the command, nor hold it open."""
    word = secrets.token_hex(8)
    program = (
        "import os, signal, time\n"
        "if os.fork():\n    time.sleep(0.2); os._exit(7)\n"
        "os.setsid()\n"
        "if os.fork():\n    os._exit(0)\n"
        "for number in (1, 2, 13, 15, 17, 24):\n    signal.signal(number, signal.SIG_IGN)\n"
        "time.sleep(300)"
    )
    execution = payload(program, word)

    assert (execution.status, execution.exit_code) == (RunStatus.EXITED, 7)
    assert gone(word)


def test_time_limit_takes_a_program_that_ignores_signals(payload: Payload) -> None:
    """Waiting for ever ends at the time limit."""
    word = secrets.token_hex(8)
    program = "trap '' TERM INT HUP; while true; do sleep 60; done"
    execution = payload(program, word, sh=True, limits=limits(wall=0.7))

    assert execution.status is RunStatus.TIMEOUT
    assert gone(word)


def test_processor_time_has_a_limit(payload: Payload) -> None:
    """A process that only computes is ended at its processor time, and the run says so."""
    execution = payload("while True: pass", limits=limits(cpu=1))

    assert (execution.status, execution.exit_code) == (RunStatus.TIMEOUT, None)
    assert "processor" in execution.detail


def test_cancelling_ends_it(sandbox: Bubblewrap, source: Path) -> None:
    """A superseded job ends its run at once, and that is no verdict."""
    word = secrets.token_hex(8)
    command = Command(("/bin/sh", "-c", "sleep 60", word), source, limits=SMALL)
    execution = sandbox.run(command, lambda: bool(processes_with(word)))

    assert (execution.status, execution.detail) == (RunStatus.SANDBOX_ERROR, "cancelled")
    assert gone(word)
