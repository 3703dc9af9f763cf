"""What the sandbox tests share: sandboxes in both settings, sources, and a way to run a small payload."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.sandbox import MIB, Command, Execution, Limits
from bot.sandbox.bubblewrap import Bubblewrap

SYSTEM_PYTHON = "/usr/bin/python3"
PAYLOADS = Path(__file__).with_name("payloads")
SMALL = Limits(wall=25, cpu=20, memory=160 * MIB, processes=32, work=8 * MIB, tmp=8 * MIB, file=64 * MIB)

Payload = Callable[..., Execution]


@pytest.fixture(scope="session", autouse=True)
def _sandbox_at_hand() -> None:
    if not shutil.which("bwrap"):
        pytest.skip("bubblewrap is not installed: apt-get install bubblewrap")
    if not Path(SYSTEM_PYTHON).exists():
        pytest.skip(f"the payloads run with {SYSTEM_PYTHON}, which is missing")


@pytest.fixture(scope="session", params=["cgroup", "no-cgroup"])
def sandbox(request: pytest.FixtureRequest) -> Bubblewrap:
    """Both ways a machine may be; the first is skipped where there is no cgroup to be had."""
    found = Bubblewrap(use_cgroup=request.param == "cgroup")
    if found.check().hard_memory != (request.param == "cgroup"):
        pytest.skip("this machine gives us no cgroup to limit memory with")
    return found


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter (pytest's own are closed to all but the one who runs it)."""
    with tempfile.TemporaryDirectory(prefix="suture-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def source(open_folder: Path) -> Path:
    """A small tree."""
    folder = open_folder / "source"
    folder.mkdir()
    for name in ("kept", "changed", "removed"):
        (folder / name).write_text(name)
    (folder / "tool").write_text("#!/bin/sh\necho tool ran\n")
    (folder / "tool").chmod(0o755)
    return folder


@pytest.fixture
def payload(sandbox: Bubblewrap, source: Path) -> Payload:
    """Run a Python program, or with `sh=True` a shell script, on `source` within small limits."""

    def run(program: str, *words: str, limits: Limits = SMALL, sh: bool = False) -> Execution:
        argv = ("/bin/sh", "-c", program, "sh") if sh else (SYSTEM_PYTHON, "-I", "-c", program)
        return sandbox.run(Command((*argv, *words), source, limits=limits))

    return run


def processes_with(word: str) -> list[int]:
    """Processes of this machine that carry `word` in their argument list."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if word.encode() in words:
                found.append(int(entry.name))
    return found
