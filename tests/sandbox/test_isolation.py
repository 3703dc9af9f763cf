"""Nothing of the host, of the network or of the kernel's odd corners is in the payload's reach."""

from __future__ import annotations

import ast
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from bot.sandbox import Command, Limits
from bot.sandbox.bubblewrap import Bubblewrap
from bot.sandbox.seccomp import MACHINES, REFUSED
from tests.sandbox.conftest import PAYLOADS, SYSTEM_PYTHON

TOKEN = "token-of-the-bot-4711"
INSIDE = PAYLOADS / "inside"
COLUMN = MACHINES.get(platform.machine(), 0)
CALLS = {name: pair[COLUMN] for name, pair in REFUSED.items() if pair[COLUMN] is not None}
# what on the host itself comes through: shows that these probes can see a hole at all
SEEN_OUTSIDE = (
    *("read_secret", "read_secret_by_link", "read_other_source", "environment", "environment_of_others"),
    *("signal_bot", "loopback", "unix_path", "unix_abstract", "sys_tree"),
)


def _names() -> list[str]:
    """Names of the probes, read from the payload without running it."""
    nodes = [node for path in sorted(INSIDE.glob("*.py")) for node in ast.parse(path.read_text()).body]
    named = [node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.decorator_list]
    sockets = ("vsock", "alg", "packet", "raw", "netfilter", "bluetooth")
    return [*named, *(f"socket_{name}" for name in sockets), *(f"call_{name}" for name in CALLS)]


@contextmanager
def _host() -> Iterator[dict[str, object]]:
    """A host with something to reach: a secret, sockets, another source, a token in the variables."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="suture-test-")))
        folder.chmod(0o755)
        for name in ("source/.git", "other/deep", "shown"):
            (folder / name).mkdir(parents=True)
        (folder / "secret").write_text(TOKEN)
        (folder / "source/.git/config").write_text(TOKEN)
        (folder / "source/leak").symlink_to(folder / "secret")
        port = stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
        with suppress(OSError):  # a machine without IPv6
            stack.enter_context(socket.create_server(("::1", port), family=socket.AF_INET6))
        for name in (str(folder / "socket"), "\0" + folder.name):
            listener = stack.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(name)
            listener.listen()
        yield {
            "folder": str(folder),
            "secret": str(folder / "secret"),
            "other_source": str(folder / "other"),
            "shown": str(folder / "shown"),
            "token": TOKEN,
            "bot": os.getpid(),
            "port": port,
            "unix_path": str(folder / "socket"),
            "unix_abstract": folder.name,
            "refused": CALLS,
        }


def _command(facts: Mapping[str, object]) -> Command:
    folder = Path(str(facts["folder"]))
    shutil.copytree(INSIDE, folder / "shown/inside", ignore=shutil.ignore_patterns("__pycache__"))
    argv = (SYSTEM_PYTHON, "-B", "-E", "-s", str(folder / "shown/inside"), json.dumps(facts))
    return Command(argv, folder / "source", (folder / "shown",), limits=Limits(wall=120, cpu=60))


@pytest.fixture(scope="module")
def found(sandbox: Bubblewrap) -> dict[str, str]:
    """What all probes found, in one run."""
    os.environ["SUTURE_TEST_TOKEN"] = TOKEN
    try:
        with _host() as facts:
            execution = sandbox.run(_command(facts))
    finally:
        del os.environ["SUTURE_TEST_TOKEN"]
    assert execution.exit_code == 0, execution
    answers: dict[str, str] = json.loads(execution.stdout)
    return answers


@pytest.mark.parametrize("name", _names())
def test_probe_is_held(found: dict[str, str], name: str) -> None:
    """The payload gets no hold of this."""
    assert found[name].startswith("held"), found[name]


def test_every_probe_is_asked_for(found: dict[str, str]) -> None:
    """The list above and the payload agree, so that no probe goes unread."""
    assert sorted(found) == sorted(_names())


def test_probes_can_see_a_hole() -> None:
    """Run on the host itself, the probes of data, processes and network do find what is there."""
    with _host() as facts:
        given = json.dumps({**facts, "only": SEEN_OUTSIDE})
        out = subprocess.run(
            [sys.executable, "-B", str(INSIDE), given],
            cwd=Path(str(facts["folder"])) / "source",
            env={**os.environ, "SUTURE_TEST_TOKEN": TOKEN},
            capture_output=True,
            check=True,
            timeout=60,
        )
    answers = json.loads(out.stdout)

    assert sorted(answers) == sorted(SEEN_OUTSIDE)
    assert [name for name, said in answers.items() if not said.startswith("hole")] == []


def _plain_python() -> str:
    """Words that start a Python as nobody in particular; skips where that cannot be had."""
    if os.geteuid() != 0:
        pytest.skip("the other tests already run as a plain user")
    if not shutil.which("setpriv"):
        pytest.skip("setpriv is missing: apt-get install util-linux")
    old = "import sys; sys.exit(sys.version_info < (3, 11))"
    if subprocess.run([SYSTEM_PYTHON, "-c", old], check=False).returncode:
        pytest.skip(f"{SYSTEM_PYTHON} is older than the bot")
    return f"setpriv --reuid 65533 --regid 65533 --clear-groups {SYSTEM_PYTHON}"


def test_plain_user_is_held_too() -> None:
    """The same holds when the bot is not root: only the user ids differ."""
    python = _plain_python()
    with _host() as facts:
        command = _command(facts)
        code = Path(str(facts["folder"])) / "code"
        shutil.copytree(Path(__file__).parents[2] / "bot", code / "bot", ignore=_only_sandbox)
        shutil.copy(PAYLOADS / "once.py", code)
        out = subprocess.run(
            [*python.split(), code / "once.py", command.source, *command.read_only, *command.argv],
            env={"PYTHONPATH": str(code), "PATH": os.environ["PATH"], "SUTURE_TEST_TOKEN": TOKEN},
            cwd="/",
            capture_output=True,
            check=False,
            timeout=120,
        )
    assert out.returncode == 0, out.stderr.decode()
    answers = json.loads(out.stdout)

    assert sorted(answers) == sorted(_names())
    assert {name: said for name, said in answers.items() if not said.startswith("held")} == {}


def _only_sandbox(folder: str, names: list[str]) -> set[str]:
    kept = {"__init__.py", "records", "errors.py", "sandbox"}
    return {name for name in names if Path(folder).name == "bot" and name not in kept} | {
        "__pycache__"
    } & set(names)
