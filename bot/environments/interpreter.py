"""An interpreter that the operator or the user named, as an environment."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from bot.environments import Environment
from bot.errors import EnvironmentUnavailable

OLDEST = (3, 8)
PATIENCE = 60  # seconds for an interpreter to say what it is
SYSTEM = (Path("/usr"), Path("/bin"), Path("/lib"), Path("/lib64"))  # in every sandbox already

# Also read by an interpreter too old for us, so that it can say so.
QUESTION = """
import json, sys
try:
    from importlib.metadata import distributions
    found = sorted({"%s==%s" % (one.metadata["Name"], one.version) for one in distributions()})
except ImportError:
    found = []
print(json.dumps({"version": list(sys.version_info[:3]), "executable": sys.executable, "prefix": sys.prefix,
    "base": [sys.base_prefix, sys.base_exec_prefix], "path": sys.path, "installed": found}))
"""


def interpreter_environment(python: str | Path, hidden: tuple[Path, ...] = ()) -> Environment:
    """The environment of this interpreter (a path, a virtual environment's folder, or a name on PATH).

    Runs the interpreter: give only one that a person named. `hidden` are folders, such as the repository
    under review, that the sandbox must not see even if the interpreter imports from them (editable installs).
    Raises EnvironmentUnavailable, saying what to do, when it does not run or is older than Python 3.8.
    """
    program = _program(python)
    facts = _ask(program)
    version = tuple(facts["version"])
    if version < OLDEST:
        raise EnvironmentUnavailable(
            f"{program} is Python {'.'.join(map(str, version))}; name one of at least 3.8 with --python."
        )
    described = json.dumps([facts["version"], facts["prefix"], facts["installed"]])
    return Environment(
        key=hashlib.sha256(described.encode()).hexdigest()[:24],
        python=facts["executable"],
        read_only=_folders(facts, tuple(Path(os.path.realpath(one)) for one in hidden)),
        label=f"interpreter {facts['executable']}",
    )


def active_environment(virtual_env: str | None) -> str | None:
    """The interpreter of the virtual environment that is active (the value of VIRTUAL_ENV), None for none."""
    if not virtual_env:
        return None
    program = Path(virtual_env) / "bin" / "python"
    return str(program) if program.exists() else None


def _program(python: str | Path) -> str:
    path = Path(python)
    if path.is_dir():
        path = path / "bin" / "python"
    found = shutil.which(str(path))
    if found is None:
        raise EnvironmentUnavailable(f"There is no interpreter {python}; name one that exists with --python.")
    return str(Path(found).absolute())


def _ask(program: str) -> dict[str, Any]:
    """What the interpreter says of itself, without its user's site folder and the environment's variables."""
    try:
        answer = subprocess.run(
            [program, "-I", "-c", QUESTION],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
            cwd="/",
            # It runs start-up files of its packages, which have no business with the bot's own variables
            env={"PATH": os.pathsep.join(os.get_exec_path()), "HOME": str(Path.home())},
        )
        facts: dict[str, Any] = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as exc:
        said = (getattr(exc, "stderr", None) or str(exc)).strip()[-300:]
        raise EnvironmentUnavailable(
            f"The interpreter {program} does not run ({said}); name another one with --python."
        ) from exc
    return facts


def _folders(facts: dict[str, Any], hidden: tuple[Path, ...]) -> tuple[Path, ...]:
    """The folders to show: by the names that the interpreter uses, and where those lead to."""
    executable = Path(facts["executable"])
    named = [
        Path(facts["prefix"]),
        *map(Path, facts["base"]),
        *(link.parent.parent for link in _links(executable)),
    ]
    outside = [Path(one) for one in facts["path"] if one and Path(one).exists()]
    shown: list[Path] = []
    for folder in [*named, *outside]:
        for path in (folder, Path(os.path.realpath(folder))):
            secret = folder in outside and any(_covers(one, path) or _covers(path, one) for one in hidden)
            known = any(_covers(one, path) for one in (*SYSTEM, *shown))
            if not secret and not known and path != Path("/"):
                shown.append(path)
    return tuple(shown)


def _links(path: Path) -> list[Path]:
    """The names on the way from an interpreter's link to the file, the file included."""
    names = [path]
    while names[-1].is_symlink() and len(names) < 20:
        names.append(names[-1].parent / names[-1].readlink())
    return [Path(os.path.normpath(one)) for one in names[1:]]


def _covers(folder: Path, path: Path) -> bool:
    return path == folder or folder in path.parents
