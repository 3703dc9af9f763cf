"""How bwrap is started: as a user that owns nothing, even if the bot is root and a path is in root's home."""

from __future__ import annotations

import os
import resource
import secrets
from dataclasses import dataclass
from pathlib import Path

from bot.errors import InputError
from bot.sandbox.policy import TAKEN

FIRST_USER, USERS = 200_000, 100_000  # a fresh one for each run, so that no run can reach another's processes

# A private mount namespace in which hidden paths are bound to where everybody may go: an empty tmpfs on /sys,
# which the sandbox never shows and which every machine has, so that nothing is left on the host. Arguments:
# path, place, path, place, ..., --, program.
MEETING_POINT = Path("/sys")
REVEAL = r"""
mount -t tmpfs -o mode=0755,size=1m suture /sys || exit 125
while [ "$1" != -- ]; do
    if [ -d "$1" ]; then mkdir "$2"; else : >"$2"; fi
    mount --rbind "$1" "$2" || exit 125
    shift 2
done
shift
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class Launch:
    """The words before bwrap, and where bwrap finds each path."""

    words: tuple[str, ...]
    found_at: dict[Path, Path]


def _is_hidden(path: Path) -> bool:
    """Is the way to this (resolved) path, or the path itself, closed to a user who owns nothing?"""
    if any(not parent.stat().st_mode & 0o001 for parent in path.parents):
        return True
    needed = 0o005 if path.is_dir() else 0o004
    return path.stat().st_mode & needed != needed


def real_path(path: Path) -> Path:
    """The path without links. Raises InputError where there is nothing."""
    try:
        return path.resolve(strict=True)
    except OSError as exc:
        raise InputError(f"{path} cannot be shown to the sandbox: {exc.strerror}.") from exc


def refuse_taken(path: Path) -> None:
    """Raises InputError for a path whose place in the sandbox is taken by its own folders."""
    taken = any(path.is_relative_to(place) for place in TAKEN)
    if taken or not path.is_absolute() or len(path.parts) < 2 or str(path) == "/tmp":  # noqa: S108  inside
        raise InputError(
            f"{path} cannot be shown to the sandbox at its own place; move it to another folder."
        )


def plan_launch(paths: tuple[Path, ...], user: int) -> Launch:
    """How `user` (the bot's own effective id) starts bwrap with these real paths in reach."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    core = 1 if user == 0 or hard != 0 else 0  # 1 also stops a core_pattern that is a pipe, which ignores 0
    limit = ("prlimit", f"--core={core}:{core}")
    if user != 0:
        return Launch(limit, {path: path for path in paths})
    other = str(FIRST_USER + secrets.randbelow(USERS))
    drop = ("setpriv", "--reuid", other, "--regid", other, "--clear-groups")
    hidden = [path for path in paths if _is_hidden(path)]
    if not hidden:
        return Launch((*limit, *drop), {path: path for path in paths})
    places = {path: MEETING_POINT / str(number) for number, path in enumerate(hidden)}
    pairs = [str(word) for pair in places.items() for word in pair]
    reveal = (
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "/bin/sh",
        "-c",
        REVEAL,
        "reveal",
        *pairs,
        "--",
    )
    return Launch((*reveal, *limit, *drop), {path: places.get(path, path) for path in paths})


def effective_user() -> int:
    """The user id the bot runs as; 0 is root."""
    return os.geteuid()
