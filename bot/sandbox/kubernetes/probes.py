"""What a pod is asked before any code of a pull request runs in one, and what it has to answer."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

from bot.errors import SandboxUnavailable
from bot.records import RunStatus
from bot.sandbox import MIB, Command, Execution, Limits

LIMITS = Limits(wall=60, cpu=20, memory=128 * MIB, work=8 * MIB, tmp=8 * MIB, flood=MIB)
EXPECTED_EXIT = 7
GVISOR = "gvisor"
METADATA = ("169.254.169.254", 80)  # where clouds hand out credentials

# Each answer is a fact; what it has to be is decided outside. The addresses to try come as arguments.
PROGRAM = r"""
import json, os, socket, subprocess, sys

def connects(address):
    host, port = address.rsplit(" ", 1)
    try:
        socket.create_connection((host, int(port)), timeout=3).close()
    except OSError:
        return False
    return True

def written(path):
    try:
        open(path, "w").close()
    except OSError:
        return False
    return True

def kernel_log():
    try:
        done = subprocess.run(["dmesg"], capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout

status = dict(line.split(":\t", 1) for line in open("/proc/self/status") if ":\t" in line)
facts = {
    "user": os.getuid(),
    "capabilities": status.get("CapEff", "0").strip(),
    "connects": [one for one in sys.argv[1:] if connects(one)],
    "writes": [one for one in ("/probe", "/usr/probe", "/etc/probe") if written(one)],
    "token": os.path.exists("/var/run/secrets/kubernetes.io/serviceaccount"),
    "source": os.path.exists("/src"),
    "gvisor": "gvisor" in kernel_log().lower(),
    "kept": open("kept").read(),
}
open("made", "w").close()
with open("/out/result", "w") as result:
    json.dump(facts, result)
print("out")
print("err", file=sys.stderr)
sys.exit(7)
"""


def probe_command(source: Path, server: str) -> Command:
    """The command that answers; `source` becomes a folder with one file, `server` is the API server's URL."""
    source.mkdir(exist_ok=True)
    (source / "kept").write_text("kept")
    addresses = [f"{host} {port}" for host, port in (*_addresses(server), METADATA)]
    return Command(("python3", "-I", "-c", PROGRAM, *addresses), source, limits=LIMITS)


def _addresses(server: str) -> list[tuple[str, int]]:
    """The API server as the bot reaches it: always there, so a pod that cannot reach it has no network."""
    parts = urlsplit(server)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as exc:
        raise SandboxUnavailable(f"The address of the API server {host} is not to be found: {exc}.") from exc
    return sorted({(str(one[4][0]), port) for one in found})


def refuse_unsafe(execution: Execution, runtime_class: str) -> None:
    """Raises SandboxUnavailable, with each thing that is wrong, unless the pod isolates as it has to."""
    seen = (execution.status, execution.exit_code, execution.written, execution.stdout, execution.stderr)
    if execution.result is None or seen != (RunStatus.EXITED, EXPECTED_EXIT, ("made",), b"out\n", b"err\n"):
        said = execution.stderr.decode(errors="replace").strip()[-300:]
        raise SandboxUnavailable(
            f"A pod cannot run a command as it has to ({execution.status}, exit code {execution.exit_code}, "
            f"{execution.detail or said}); look at the image and at the RuntimeClass."
        )
    facts = json.loads(execution.result)
    wrong = {
        "it runs as root": facts["user"] == 0,
        "it has capabilities": int(facts["capabilities"], 16) != 0,
        f"it reaches {', '.join(facts['connects'])}: apply the NetworkPolicy, with a network plugin that "
        "enforces it": bool(facts["connects"]),
        f"it can write {', '.join(facts['writes'])}": bool(facts["writes"]),
        "it has a service account's token": facts["token"],
        "it sees the keeper's source": facts["source"],
        "its source is not what was sent": facts["kept"] != "kept",
        f"RuntimeClass {runtime_class} is not gVisor's": GVISOR in runtime_class and not facts["gvisor"],
    }
    if found := [what for what, is_so in wrong.items() if is_so]:
        raise SandboxUnavailable(f"A pod is not isolated as it has to be: {'; '.join(found)}.")
