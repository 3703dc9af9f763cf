"""What the sandbox shows and allows, as arguments of bwrap. Pure: nothing here looks at the machine.

No path of the host can be written. What the payload may write is memory with a size: /tree (its copy of the
source), /tmp, /out and /dev/shm. The root and /dev are bwrap's own tmpfs without a size: they end read-only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.sandbox import MIB, Command, Limits
from bot.sandbox.supervisor import MOST_WRITTEN, SHELL

BASE_VARIABLES = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp",  # noqa: S108  the sandbox's own, empty at the start of each run
    "TMPDIR": "/tmp",  # noqa: S108  the same
    "LANG": "C.UTF-8",
}
OUT_SIZE = 16 * MIB
SHARED_MEMORY_SIZE = 64 * MIB
HOST_ETC = ("ld.so.cache", "alternatives", "ssl/certs", "ssl/openssl.cnf", "localtime", "mime.types")
OWN_ETC = {
    "passwd": b"user:x:1000:1000::/tmp:/bin/sh\n",
    "group": b"user:x:1000:\n",
    "hosts": b"127.0.0.1 localhost sandbox\n::1 localhost\n",
    "nsswitch.conf": b"hosts: files\npasswd: files\ngroup: files\n",
}
# Files of /proc that tell of the host's kernel, or steer it.
MASKED = ("kcore", "keys", "kallsyms", "timer_list", "sysrq-trigger", "cmdline", "sched_debug")
ROOT_FOLDERS = ("usr", "etc", "bin", "sbin", "lib", "lib64", "opt")
MERGED = ("bin", "sbin", "lib", "lib64")  # links into /usr
TAKEN = ("/proc", "/dev", "/sys", "/src", "/tree", "/out")


@dataclass(frozen=True, slots=True)
class View:
    """What one run sees. Descriptors are those of files in memory whose content bwrap copies."""

    source: Path
    hidden: Literal["folder", "file", "none"]  # what the source's .git is
    shown: tuple[tuple[Path, Path], ...]  # (where it is, where the payload sees it), read-only
    root: Mapping[str, Path] | None  # top folders to use in place of the host's /usr and some of its /etc
    etc: Mapping[str, int]  # name in /etc → descriptor
    shell: int  # descriptor of the supervisor's shell
    empty: int | None  # descriptor of an empty file, when .git is a file
    masked: tuple[str, ...] = MASKED  # those that this kernel has
    proc: bool = True


def _flags(view: View) -> list[str]:
    # --disable-userns writes to /proc/sys, which a container without its own /proc has read-only; there only
    # the filter of system calls bars a nested namespace
    nested = ["--disable-userns"] if view.proc else []
    return [
        *("--unshare-all", "--unshare-user", *nested, "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL"),
        *("--hostname", "sandbox", "--die-with-parent", "--new-session", "--as-pid-1", "--clearenv"),
    ]


def _system(view: View) -> list[str]:
    if view.root is not None:
        return [word for name, path in view.root.items() for word in ("--ro-bind", str(path), f"/{name}")]
    words = ["--ro-bind", "/usr", "/usr"]
    for name in MERGED:
        words += ["--symlink", f"usr/{name}", f"/{name}"]
    for name in HOST_ETC:
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for name, descriptor in view.etc.items():
        words += ["--perms", "0444", "--file", str(descriptor), f"/etc/{name}"]
    return words


def _kernel(view: View) -> list[str]:
    words = ["--proc", "/proc"] if view.proc else ["--dir", "/proc"]
    if view.proc:
        for name in view.masked:
            words += ["--ro-bind", "/dev/null", f"/proc/{name}"]
    return [
        *(*words, "--dev", "/dev", "--size", str(SHARED_MEMORY_SIZE), "--tmpfs", "/dev/shm"),  # noqa: S108  inside
        *("--remount-ro", "/dev"),
    ]


def _files(view: View, limits: Limits) -> list[str]:
    words: list[str] = []
    for place, size in (("/tmp", limits.tmp), ("/tree", limits.work), ("/out", OUT_SIZE)):  # noqa: S108  inside
        words += ["--size", str(size), "--tmpfs", place]
    words += ["--ro-bind", str(view.source), "/src"]
    if view.hidden == "folder":  # history and, in a careless checkout, credentials
        words += ["--size", "4096", "--tmpfs", "/src/.git", "--remount-ro", "/src/.git"]
    elif view.empty is not None:
        words += ["--ro-bind-data", str(view.empty), "/src/.git"]
    for path, inside in view.shown:
        words += ["--ro-bind", str(path), str(inside)]
    # 0111: see bot.sandbox.supervisor on why nobody may read it
    return [*words, "--perms", "0111", "--file", str(view.shell), SHELL]


def bwrap_arguments(view: View, limits: Limits) -> list[str]:
    """Arguments up to the program to start."""
    ending = ["--remount-ro", "/", "--chdir", "/"]
    own = [
        "--setenv",
        "PATH",
        BASE_VARIABLES["PATH"],
        "--setenv",
        "LC_ALL",
        "C",
    ]  # the supervisor's variables
    return [*_flags(view), *_system(view), *_kernel(view), *_files(view, limits), *own, *ending]


def _process_limits(limits: Limits, hard_memory: bool) -> list[str]:
    fixed: dict[str, int] = {
        "fsize": limits.file,
        "nofile": limits.open_files,
        "nproc": limits.processes,  # counted in this user namespace alone
        "memlock": 65536,
        "msgqueue": 0,
    }
    if not hard_memory:
        fixed["data"] = limits.memory
    words = [f"--{name}={value}:{value}" for name, value in fixed.items()]
    return [
        "prlimit",
        f"--cpu={limits.cpu}:{limits.cpu + 1}",
        *words,
    ]  # the soft one ends it by SIGXCPU, which shows


def payload_arguments(command: Command, script: str, *, hard_memory: bool) -> list[str]:
    """The program to start: the supervisor, which starts the payload with limits and variables of its own."""
    limits = command.limits
    supervisor = [SHELL, "-c", script, "supervisor", command.result, str(limits.result), str(MOST_WRITTEN)]
    variables = [f"{name}={value}" for name, value in {**BASE_VARIABLES, **command.variables}.items()]
    return [
        *supervisor,
        *_process_limits(limits, hard_memory),
        "/usr/bin/env",
        "-i",
        *variables,
        *command.argv,
    ]
