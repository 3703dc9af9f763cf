"""The Pythons of this machine that environments can be made from; nothing is downloaded."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import uv

from bot.environments import Environment
from bot.environments.interpreter import interpreter_environment
from bot.errors import EnvironmentUnavailable

OLDEST = ">=3.8"
MINORS = range(14, 7, -1)  # tried in this order after the first: old pins have wheels for old Pythons only


def installed_pythons(
    requires: str, variables: Mapping[str, str], chosen: str = "", tested: tuple[str, ...] = ()
) -> Iterator[Environment]:
    """Interpreters in the range that a project asks for.

    The order: the one it chooses ("3.12"); the bot's own, unless the project names others as `tested`; those;
    the others, from new to old. `requires` is a version range and nothing else: `find` would run a path.
    Raises EnvironmentUnavailable where the range holds none of this machine's.
    """
    wanted = ",".join(filter(None, (OLDEST, requires)))
    seen: set[str] = set()
    own = f"3.{sys.version_info.minor}"
    first = [*([chosen] if chosen else []), *(() if own in tested else tested)]
    minors = (f"3.{minor}" for minor in MINORS)
    ranges = [f"{wanted},=={one}.*" for one in first]
    for one in (*ranges, wanted, *(f"{wanted},=={minor}.*" for minor in minors)):
        found = _find(one, variables)
        if found is not None and found not in seen:
            seen.add(found)
            yield interpreter_environment(found)
        if not seen and one == wanted:
            raise EnvironmentUnavailable(
                f"The repository asks for Python {wanted}, and this machine has {_all(variables)}: install "
                "one in that range, or name an interpreter with --python."
            )


def _all(variables: Mapping[str, str]) -> str:
    there = [f"3.{minor}" for minor in reversed(MINORS) if _find(f"==3.{minor}.*", variables)]
    return f"only {', '.join(there)}" if there else "none"


def _find(wanted: str, variables: Mapping[str, str]) -> str | None:
    own = Path(os.path.realpath(sys.executable)).parent
    # pyenv and uv keep each version in a folder of its own, beside the one that runs us.
    beside = [str(one) for one in sorted(own.parent.parent.glob("*/bin")) if (one / "python3").exists()]
    path = ":".join([str(own), variables.get("PATH") or "/usr/local/bin:/usr/bin:/bin", *beside])
    found = subprocess.run(
        [
            *(uv.find_uv_bin(), "python", "find", "--no-project", "--no-config", "--no-python-downloads"),
            *("--system", wanted),
        ],
        env={"PATH": path, "HOME": variables.get("HOME") or "/"},
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    return found.stdout.strip() if found.returncode == 0 else None
