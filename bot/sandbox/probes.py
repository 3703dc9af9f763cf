"""Start-up probes: a sandbox that lets one of them through, or cannot be built, runs no code."""

from __future__ import annotations

import platform
import shlex
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from bot.errors import SandboxUnavailable
from bot.records import RunStatus
from bot.sandbox import MIB, Capabilities, Command, Execution, Limits
from bot.sandbox.cgroup import Cgroup

Attempt = Callable[[Command, Callable[[], bool], bool], tuple[Execution, Cgroup]]

# name: a shell command that succeeds where the sandbox has a hole; $1: a file of the host, $2: the supervisor
HOLES = {
    "is-root": '[ "$(id -u)" = 0 ]',
    "environment": '[ -n "$SUTURE_PROBE" ] || env | grep -q ^SUTURE',
    "host-files": '[ -e "$1" ] || [ -e /etc/shadow ] || [ -e /root/.ssh ] || [ -e /var ]',
    "write-root": "true >/probe || mkdir /probe",
    "write-system": "true >/usr/probe || true >/etc/probe",
    "write-source": "true >/src/probe",
    "write-dev": "true >/dev/probe",
    "size-of-tree": "head -c 2097152 /dev/zero >/tree/big",
    "new-namespace": "unshare --user true || unshare --net true",
    "mount": "mount -t tmpfs none /tmp",
    "terminal": "[ -t 0 ]",
    "cores": '[ "$(ulimit -H -c)" = unlimited ]',
    "processes": "[ $(prlimit --nproc --output HARD --noheadings) -ne 32 ]",
    "first-process": '[ "$2" != 1 ]',
    "supervisor": "cat /.supervisor || chmod 0755 /.supervisor",
}
# the same, for a sandbox with a /proc of its own
HOLES_OF_PROC = {
    "bot-environment": "tr '\\0' '\\n' </proc/1/environ | grep -q SUTURE",
    "host-processes": '[ "$(ls -d /proc/[0-9]* | wc -l)" -gt 12 ]',
    "network": "grep -v -e lo: -e '|' /proc/net/dev | grep -q :",
    "capabilities": "grep Cap[EPIA] /proc/self/status | grep -v -q 0000000000000000",
    "privileges": "! grep -q 'NoNewPrivs:.*1' /proc/self/status",
    "system-calls": "! grep -q 'Seccomp:.*2' /proc/self/status",
    "supervisor-memory": "true 3<>/proc/$2/mem || ls /proc/$2/fd",
}

# what bwrap says: what it means, and what to do
REMEDIES = (
    (
        ("new namespace", "uid map", "RTM_NEWADDR", "slave", "pivot_root"),
        "This machine or container does not let the bot create user namespaces. On Ubuntu, load an AppArmor "
        "profile with `userns,` for bwrap; in a container, allow clone, unshare, mount, umount2, pivot_root, "
        "setns and sethostname in its seccomp profile and mount in its AppArmor profile.",
    ),
    (
        ("mount proc", "max_user_namespaces"),
        "The container hides parts of /proc; give it its own (Compose: security_opt systempaths=unconfined, "
        "Kubernetes: procMount: Unmasked).",
    ),
    (
        ("permission denied", "mount: "),
        "The bot runs as root and may not mount. Move what the sandbox has to read to a folder that "
        "everybody may enter, or run the bot as a user that is not root.",
    ),
)
TOOLS = ("prlimit",)
TOOLS_OF_ROOT = ("setpriv", "unshare", "mount")
LIMITS = Limits(wall=30, cpu=10, memory=256 * MIB, processes=32, work=MIB, tmp=MIB)


def require_tools(bwrap: Path | None, user: int) -> None:
    """Raises SandboxUnavailable, naming the package, where a program that the sandbox needs is missing."""
    if platform.system() != "Linux":
        raise SandboxUnavailable(
            "The sandbox needs Linux; on another system, run the bot in its container image."
        )
    if not shutil.which(str(bwrap or "bwrap")):
        raise SandboxUnavailable("bubblewrap is not installed; install it: apt-get install bubblewrap")
    for tool in (*TOOLS, *(TOOLS_OF_ROOT if user == 0 else ())):
        if not shutil.which(tool):
            raise SandboxUnavailable(f"{tool} is missing; install it: apt-get install util-linux mount")


def _script(probes: dict[str, str]) -> str:
    """Runs each probe by itself; the result gets the names of those that got through, then "done"."""
    tries = [
        f'sh -c {shlex.quote(probe)} sh "$1" $PPID && echo {name} >>/out/result'
        for name, probe in probes.items()
    ]
    return "\n".join([*tries, "echo done >>/out/result", "exit 0"])


def _remedy(execution: Execution) -> str:
    for signs, remedy in REMEDIES:
        if any(sign in execution.detail for sign in signs):
            return remedy
    return "Run `bwrap --ro-bind / / --unshare-all true` to see what this machine refuses."


def _try(attempt: Attempt, has_proc: bool) -> tuple[Execution, Cgroup]:
    with tempfile.TemporaryDirectory(prefix="suture-probe-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "secret").write_text("not to be seen inside")
        (folder / "source").mkdir(mode=0o755)
        script = _script({**HOLES, **(HOLES_OF_PROC if has_proc else {})})
        argv = ("/bin/sh", "-c", script, "probe", str(folder / "secret"))
        return attempt(Command(argv, folder / "source", limits=LIMITS), lambda: False, has_proc)


def probe(attempt: Attempt, has_proc: bool | None) -> Capabilities:
    """Build a sandbox and try to get out of it; `has_proc` None: with a /proc of its own if it can be had.

    Raises SandboxUnavailable, saying what to do, unless every probe was held.
    """
    execution, cgroup = _try(attempt, has_proc is not False)
    if has_proc is None and "proc" in execution.detail and execution.status is RunStatus.SANDBOX_ERROR:
        has_proc = False
        execution, cgroup = _try(attempt, has_proc)
    if execution.status is not RunStatus.EXITED:
        raise SandboxUnavailable(f"No code is run: {execution.detail}. {_remedy(execution)}")
    *holes, last = (execution.result or b"").decode().split() or [""]
    if last != "done" or holes:
        names = ", ".join(holes) or "the probes did not end"
        raise SandboxUnavailable(
            f"No code is run: the sandbox of this machine does not hold ({names}). Bring bubblewrap and the "
            "kernel up to date, and report it with this line if it stays."
        )
    hard = bool(cgroup.folders)
    return Capabilities("namespaces", hard_memory=hard, hard_processes=hard, has_proc=has_proc is not False)
