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
MINORS = (
    13,
    12,
    11,
    10,
    9,
)  # tried in this order after the first choice: old pins have wheels for old Pythons only


def installed_pythons(requires: str, variables: Mapping[str, str]) -> Iterator[Environment]:
    """Interpreters in the range that a project asks for, the bot's own first if it is one.

    `requires` is a version range and nothing else: `find` would run a path. Raises EnvironmentUnavailable
    where the range holds none of this machine's.
    """
    wanted = ",".join(filter(None, (OLDEST, requires)))
    first = _find(wanted, variables)
    if first is None:
        raise EnvironmentUnavailable(
            f"The repository asks for Python {wanted}, and this machine has none: install one, or name an "
            "interpreter with --python."
        )
    seen = {first}
    yield interpreter_environment(first)
    for minor in MINORS:
        other = _find(f"{wanted},==3.{minor}.*", variables)
        if other is not None and other not in seen:
            seen.add(other)
            yield interpreter_environment(other)


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
