"""One start of bwrap: its descriptors, its arguments and the handshake after which the payload may run."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.errors import InputError, SandboxUnavailable
from bot.sandbox import Command
from bot.sandbox.cgroup import Cgroup
from bot.sandbox.descriptors import Descriptors
from bot.sandbox.launch import effective_user, plan_launch, real_path, refuse_taken
from bot.sandbox.leftovers import marking
from bot.sandbox.policy import MASKED, OWN_ETC, ROOT_FOLDERS, View, bwrap_arguments, payload_arguments
from bot.sandbox.processes import PROC, own_mark
from bot.sandbox.seccomp import filter_program
from bot.sandbox.supervisor import GO, SCRIPT
from bot.sandbox.watch import Started

START = 30.0  # seconds bwrap gets to build the namespaces


@dataclass(frozen=True, slots=True)
class Machine:
    """What the sandbox is built from here."""

    bwrap: Path
    proc: bool  # a /proc of its own can be had
    root: Path | None = None  # folder whose usr, etc ... stand in for the host's


def refuse_unusable(command: Command) -> None:
    """Raises InputError for a command that no sandbox could run as it is meant."""
    if not command.argv or "=" in command.argv[0]:
        raise InputError("A command's first word has to be a program whose name has no '='.")
    if (command.source / ".git").is_symlink():
        raise InputError(f"{command.source}/.git is a link; give the sandbox a checkout of its own.")
    for path in command.read_only:
        refuse_taken(path)


class Start:
    """Used once, in this order: `bwrap`, `first_process`, `go`."""

    def __init__(self, command: Command, machine: Machine, cgroup: Cgroup, descriptors: Descriptors) -> None:
        self._command, self._machine, self._cgroup, self._descriptors = command, machine, cgroup, descriptors
        self._hold = descriptors.pipe()  # bwrap builds everything and then waits on it
        self._info = descriptors.pipe()
        self._channel = descriptors.channel()

    def _view(self, found_at: dict[Path, Path], source: Path, shown: tuple[tuple[Path, Path], ...]) -> View:
        memory_file = self._descriptors.memory_file
        root, git = self._machine.root, source / ".git"
        shell = ("/" if root is None else root) / Path("bin/sh")
        hidden: Literal["folder", "file", "none"]
        hidden = "folder" if git.is_dir() else "file" if git.exists() else "none"
        return View(
            source=found_at[source],
            hidden=hidden,
            shown=tuple((found_at[path], place) for path, place in shown),
            root=None if root is None else {n: root / n for n in ROOT_FOLDERS if (root / n).exists()},
            etc={} if root else {name: memory_file(content) for name, content in OWN_ETC.items()},
            shell=memory_file(shell.read_bytes()),
            empty=memory_file(b"") if hidden == "file" else None,
            masked=tuple(name for name in MASKED if (PROC / name).exists()),
            proc=self._machine.proc,
        )

    def bwrap(self) -> subprocess.Popen[bytes]:
        """Start bwrap, with an empty environment: its own is /proc/1/environ inside."""
        source = real_path(self._command.source)
        in_system = [Path("/usr")] if self._machine.root is None else []
        wanted = [path for path in self._command.read_only if not any(map(path.is_relative_to, in_system))]
        shown = tuple((real_path(path), path) for path in dict.fromkeys(wanted))
        launch = plan_launch(tuple(dict.fromkeys([source, *(path for path, _ in shown)])), effective_user())
        view = self._view(launch.found_at, source, shown)
        hard_memory = bool(self._cgroup.folders)
        program = filter_program(count_shared_memory=hard_memory)
        seccomp = self._descriptors.memory_file(program)
        limits = self._command.limits
        arguments = [
            *(*launch.words, str(self._machine.bwrap), *marking(own_mark())),
            *("--block-fd", str(self._hold[0]), "--info-fd", str(self._info[1]), "--seccomp", str(seccomp)),
            *bwrap_arguments(view, limits),
            *("--", *payload_arguments(self._command, SCRIPT, hard_memory=hard_memory)),
        ]
        passed = [self._hold[0], self._info[1], seccomp, view.shell, *view.etc.values()]
        passed += [] if view.empty is None else [view.empty]
        process = subprocess.Popen(
            arguments,
            stdin=self._channel[1],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            cwd="/",
            pass_fds=passed,
        )
        for descriptor in (self._channel[1], self._hold[0], self._info[1]):
            self._descriptors.close(descriptor)
        return process

    def first_process(self) -> int | None:
        """The first process of the new namespaces, which waits for `go`; None when bwrap failed."""
        told = b""
        while select.select([self._info[0]], [], [], START)[0] and (chunk := os.read(self._info[0], 4096)):
            told += chunk
        return int(json.loads(told)["child-pid"]) if told.endswith(b"}\n") else None

    def go(self, process: subprocess.Popen[bytes], first: int, began: float) -> Started:
        """Set the limits, then let the supervisor begin."""
        pidfd = self._descriptors.process(first)
        try:
            self._cgroup.join(first)
        except PermissionError as exc:
            raise SandboxUnavailable(
                f"The bot may make a cgroup but not use it ({exc}); delegate one (systemd: Delegate=yes)."
            ) from exc
        with contextlib.suppress(OSError):  # a container may forbid it; the limits hold without
            (PROC / str(first) / "oom_score_adj").write_text("1000")
        self._descriptors.close(self._hold[1])
        os.write(self._channel[0], GO)
        return Started(process, first, pidfd, self._channel[0], self._cgroup, began)
