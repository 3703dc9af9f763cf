"""The container's profile of system calls: put on by libseccomp, the sandbox works, and little else does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.seccomp import REFUSED
from tests.flow.shop import need_sandbox

ROOT = Path(__file__).parents[2]
PROFILE = ROOT / "deploy" / "seccomp" / "suture.json"
OF_BUBBLEWRAP = {"mount", "umount2", "pivot_root", "unshare", "sethostname"}
AS_USER = ["setpriv", "--reuid", "10001", "--regid", "10001", "--clear-groups", "--no-new-privs"]
CHECK = "from bot.sandbox.bubblewrap import open_sandbox; print(open_sandbox().check().isolation)"
TRY = """
import ctypes, errno, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
for number in map(int, sys.argv[1:]):
    print(errno.errorcode.get(ctypes.get_errno()) if libc.syscall(number, 0, 0, 0, 0, 0) == -1 else "done")
for family, kind in ((40, socket.SOCK_STREAM), (38, socket.SOCK_SEQPACKET), (17, socket.SOCK_RAW)):
    try:
        socket.socket(family, kind)
        print("open")
    except PermissionError:
        print("EPERM")
"""


def confined(*argv: str, profile: Path = PROFILE) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "tests.fakes.confined", str(profile), *argv]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)


def checked(profile: Path) -> tuple[int, str, str]:
    """What the sandbox says of itself under this profile, as a user that is not root and cannot become it."""
    as_user = AS_USER if os.geteuid() == 0 else []
    done = confined(*as_user, "/usr/bin/python3", "-c", CHECK, profile=profile)
    return done.returncode, done.stdout, done.stderr


def rules() -> list[dict[str, Any]]:
    told = json.loads(PROFILE.read_text())
    assert told["defaultAction"] == "SCMP_ACT_ERRNO"
    return list(told["syscalls"])


def test_what_the_sandbox_refuses_is_refused_here_too() -> None:
    """But for the five calls with which bubblewrap makes namespaces."""
    allowed = {name for one in rules() if one["action"] == "SCMP_ACT_ALLOW" for name in one["names"]}

    assert allowed & set(REFUSED) == OF_BUBBLEWRAP


@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="it takes a Python that all users may run")
def test_the_sandbox_passes_its_probes_within() -> None:
    """As in a container with this profile."""
    need_sandbox()

    assert checked(PROFILE) == (0, "namespaces\n", "")


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are of x86_64")
def test_what_is_not_named_does_not_work() -> None:
    """bpf, keys, other processes, modules, io_uring, other namespaces; sockets to hypervisor and kernel."""
    numbers = {name: REFUSED[name][0] for name in sorted(set(REFUSED) - OF_BUBBLEWRAP)}
    numbers = {name: number for name, number in numbers.items() if number is not None and number < 451}

    done = confined(sys.executable, "-c", TRY, *map(str, numbers.values()))

    answers = dict(zip([*numbers, "vsock", "alg", "packet"], done.stdout.split(), strict=True))
    assert {name: said for name, said in answers.items() if said != "EPERM"} == {}
