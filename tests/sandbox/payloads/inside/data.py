"""Probes for data of the host."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from frame import FACTS, INHERITED, names, probe


@probe
def read_shadow() -> object:
    return Path("/etc/shadow").read_text()[:1]


@probe
def read_secret() -> object:
    return Path(FACTS["secret"]).read_text()


@probe
def read_secret_by_link() -> object:
    return Path("leak").read_text()


@probe
def read_homes() -> object:
    return [str(path) for home in ("/root", "/home", "/var") for path in Path(home).glob("*")]


@probe
def read_other_source() -> object:
    return names(FACTS["other_source"])


@probe
def read_git() -> object:
    return [str(path) for tree in ("/src", "/tree") for path in Path(tree, ".git").rglob("*")]


@probe
def environment() -> object:
    return [name for name, value in os.environ.items() if FACTS["token"] in name + value]


@probe
def environment_of_others() -> object:
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            found += [str(path)] if FACTS["token"].encode() in path.read_bytes() else []
        except OSError:
            continue
    return found


@probe
def kernel_tables() -> object:
    return [name for name in ("kallsyms", "kcore", "keys", "timer_list") if _first_byte(f"/proc/{name}")]


def _first_byte(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(1)
    except OSError:
        return b""


@probe
def sys_tree() -> object:
    return names("/sys")


@probe
def devices() -> object:
    usual = {
        "null",
        "zero",
        "full",
        "random",
        "urandom",
        "tty",
        "console",
        "ptmx",
        "pts",
        "shm",
        "fd",
        "core",
    }
    return sorted(set(names("/dev")) - usual - {"stdin", "stdout", "stderr"})


@probe
def descriptors() -> object:
    return [fd for fd in INHERITED if int(fd) > 2]


@probe
def host_name() -> object:
    return socket.gethostname() if socket.gethostname() != "sandbox" else None
