"""A virtual environment that holds only what tests in the sandbox import: pytest starts quickly in it.

The one that the project is developed in loads a property-testing library with each pytest, which doubles the
CPU seconds of a proof.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
import tempfile
import venv
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ENOUGH = ("pytest", "flask")
NAME = re.compile(r"[A-Za-z0-9._-]+")


@cache
def lean_python() -> str:
    """The interpreter of a virtual environment with pytest and flask, made once a test process.

    The packages are those of the environment that runs this, so nothing is downloaded.
    """
    parent = Path(tempfile.mkdtemp(prefix="suture-lean-"))
    atexit.register(shutil.rmtree, parent, ignore_errors=True)
    parent.chmod(0o755)
    return make_lean(parent / "venv", ENOUGH)


def make_lean(folder: Path, packages: tuple[str, ...]) -> str:
    """The interpreter of a new virtual environment at `folder` with these packages and what they need."""
    venv.create(folder, symlinks=True)
    site = next((folder / "lib").glob("python3.*/site-packages"))
    for found in _closure(packages):
        for file in found.files or ():
            source = Path(str(found.locate_file(file)))
            if ".." not in file.parts and source.is_file():
                _take(source, site / file)
    python = str(folder / "bin" / "python")
    subprocess.run([python, "-m", "compileall", "-q", str(site)], check=True)
    return python


def _closure(packages: tuple[str, ...]) -> list[Distribution]:
    found: dict[str, Distribution] = {}
    waiting = list(packages)
    while waiting:
        name = waiting.pop()
        try:
            one = distribution(name)
        except PackageNotFoundError:
            continue  # a requirement for other systems or Pythons
        if one.name not in found:
            found[one.name] = one
            needed = (text for text in one.requires or () if "extra ==" not in text)
            waiting += [match.group() for text in needed if (match := NAME.match(text))]
    return list(found.values())


def _take(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)
