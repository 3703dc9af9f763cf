"""Probes for privileges, and for writing where nothing may be written."""

from __future__ import annotations

import os
import resource
import subprocess
from pathlib import Path

from frame import FACTS, probe


@probe
def user_zero() -> object:
    os.setuid(0)
    return "uid 0"


@probe
def groups() -> object:
    os.setgroups([0])
    return "group 0"


def _status(*names: str) -> dict[str, str]:
    lines = Path("/proc/self/status").read_text().splitlines()
    return {
        name: line.split(":")[1].strip() for line in lines for name in names if line.startswith(name + ":")
    }


@probe
def capabilities() -> object:
    return {n: v for n, v in _status("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb").items() if int(v, 16)}


@probe
def new_privileges() -> object:
    return _status("NoNewPrivs") != {"NoNewPrivs": "1"}


@probe
def is_filtered() -> object:
    return _status("Seccomp") != {"Seccomp": "2"}


@probe
def device_node() -> object:
    os.mknod("/tmp/device", 0o20666, os.makedev(1, 3))
    return "made"


@probe
def raised_limits() -> object:
    raised = []
    for name in ("NPROC", "NOFILE", "FSIZE", "CPU", "MEMLOCK", "MSGQUEUE"):
        which = getattr(resource, f"RLIMIT_{name}", 12)
        try:
            resource.setrlimit(which, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            raised.append(name)
        except (ValueError, OSError):
            continue
    return raised


@probe
def core_dumps() -> object:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limit = resource.getrlimit(resource.RLIMIT_CORE)
    return limit if limit != (1, 1) else None


@probe
def write_outside() -> object:
    made = []
    for folder in ("/", "/usr", "/etc", "/src", "/dev", "/proc", "/bin", "/home", FACTS["shown"]):
        try:
            Path(folder, "written").write_text("x")
            made.append(folder)
        except OSError:
            continue
    return made


@probe
def write_kernel() -> object:
    opened = []
    for path in ("sys/kernel/core_pattern", "sys/kernel/hostname", "sysrq-trigger", "sys/vm/drop_caches"):
        try:
            with Path("/proc", path).open("r+b", buffering=0) as file:
                opened += [path] if os.fstat(file.fileno()).st_rdev != os.makedev(1, 3) else []
        except OSError:
            continue
    return opened


@probe
def write_cgroup() -> object:
    return Path("/sys/fs/cgroup").exists()


@probe
def remount() -> object:
    return (
        subprocess.run(["mount", "-o", "remount,rw", "/"], capture_output=True, check=False).returncode == 0
    )
