"""The kernel's own limits on a whole tree of processes: cgroup v2 where delegated, v1, or none."""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.sandbox import Limits
from bot.sandbox.processes import is_orphaned

ROOT = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
CONTROLLERS = ("memory", "pids")
LEAF = "suture-bot"  # where the bot's own processes step aside: v2 limits only groups that are leaves
SPARE = 16  # processes: the payload has its own limit, and the supervisor has to be able to end it
TRIES = 200  # of 10 ms: a group cannot be removed before its last process is reaped


@dataclass(frozen=True, slots=True)
class Cgroup:
    """The group of one run; `kind` is "none", without folders, where the machine gives us none."""

    kind: Literal["v2", "v1", "none"]
    folders: tuple[Path, ...] = ()  # the memory controller's first

    def join(self, pid: int) -> None:
        """Put a process, and so all that it will start, under the limits."""
        for folder in self.folders:
            (folder / "cgroup.procs").write_text(str(pid))

    def out_of_memory(self) -> bool:
        """Did the kernel kill something of the group for want of memory?"""
        name = "memory.events" if self.kind == "v2" else "memory.oom_control"
        return bool(re.search(r"^oom_kill [1-9]", self._memory(name), re.MULTILINE))

    def peak(self) -> int:
        """The most memory the group ever held, in bytes; 0 when unknown."""
        return int(self._memory("memory.peak" if self.kind == "v2" else "memory.max_usage_in_bytes") or 0)

    def _memory(self, name: str) -> str:
        if self.folders:
            with contextlib.suppress(FileNotFoundError):  # memory.peak came with kernel 5.19
                return (self.folders[0] / name).read_text()
        return ""

    def close(self) -> bool:
        """End what is left in the group and remove it; false when something would not go."""
        gone = [_remove(folder) for folder in self.folders]
        return all(gone)


NO_CGROUP = Cgroup("none")


def _remove(folder: Path) -> bool:
    switch = folder / "cgroup.kill"  # v1 has none: there the processes are found by their mark
    if switch.exists():
        with contextlib.suppress(OSError):  # the group went away in between
            switch.write_text("1")
    for _ in range(TRIES):
        with contextlib.suppress(OSError):
            folder.rmdir()
        if not folder.exists():
            return True
        time.sleep(0.01)
    return False


def _paths(own: Path) -> dict[str, str]:
    """The caller's group for each v1 controller, and for v2 under ""."""
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return {}
    fields = (line.split(":", 2) for line in lines)
    return {controller: path.strip("/") for _, names, path in fields for controller in names.split(",")}


def _delegate(parent: Path) -> None:
    """Let children of `parent` carry limits. Raises OSError where it is not ours to do."""
    control = parent / "cgroup.subtree_control"
    if set(CONTROLLERS) <= set(control.read_text().split()):
        return
    wanted = " ".join(f"+{name}" for name in CONTROLLERS)
    try:
        control.write_text(wanted)
    except OSError:  # a group with processes of its own: they step into a leaf
        leaf = parent / LEAF
        leaf.mkdir(exist_ok=True)
        for pid in (parent / "cgroup.procs").read_text().split():
            (leaf / "cgroup.procs").write_text(pid)
        control.write_text(wanted)


def _open_v2(parent: Path, name: str, limits: Limits) -> Cgroup:
    _delegate(parent)
    folder = parent / name
    folder.mkdir()
    group = Cgroup("v2", (folder,))
    try:
        for file, value in (
            ("memory.max", limits.memory),
            ("memory.oom.group", 1),
            ("pids.max", limits.processes + SPARE),
        ):
            (folder / file).write_text(str(value))
        with contextlib.suppress(FileNotFoundError):  # a kernel without swap accounting
            (folder / "memory.swap.max").write_text("0")
    except OSError:
        group.close()
        raise
    return group


def _open_v1(root: Path, own: dict[str, str], name: str, limits: Limits) -> Cgroup:
    made: list[Path] = []
    settings = (
        ("memory", "memory.limit_in_bytes", limits.memory),
        ("pids", "pids.max", limits.processes + SPARE),
    )
    try:
        for controller, file, value in settings:
            folder = root / controller / own[controller] / name
            folder.mkdir()
            made.append(folder)
            (folder / file).write_text(str(value))
    except (OSError, KeyError):
        Cgroup("v1", tuple(made)).close()
        raise
    return Cgroup("v1", tuple(made))


def open_cgroup(name: str, limits: Limits, root: Path = ROOT, own: Path = OWN) -> Cgroup:
    """A new group with these limits: v2, else v1, else one of kind "none"."""
    paths = _paths(own)
    base = root / paths.get("", "")
    parents = [base.parent, base.parent.parent] if base.name == LEAF else [base, base.parent]
    for parent in parents:
        if "" in paths and parent.is_relative_to(root):
            with contextlib.suppress(OSError):
                return _open_v2(parent, name, limits)
    with contextlib.suppress(OSError, KeyError):
        return _open_v1(root, paths, name, limits)
    return NO_CGROUP


def sweep_cgroups(root: Path = ROOT, own: Path = OWN) -> None:
    """Remove the groups of bots that are gone."""
    paths = _paths(own)
    v1 = [root / name / paths[name] for name in CONTROLLERS if name in paths]
    v2 = [parent for path in [root / paths.get("", "")] for parent in (path, path.parent)]
    for parent in {*v1, *v2}:
        if parent.is_dir() and parent.is_relative_to(root):
            for folder in parent.iterdir():
                if is_orphaned(folder.name):
                    _remove(folder)
