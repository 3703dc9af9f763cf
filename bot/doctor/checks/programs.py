"""The programs that this one needs."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from collections.abc import Iterable

from bot.doctor import Result, ok, problem
from bot.doctor.site import Site, printable

GROUP, PLACE = "machine", 10
OLDEST_GIT = (2, 30)


def look(_site: Site) -> Iterable[Result]:
    """Git, and what runs this."""
    git = shutil.which("git")
    if git is None:
        yield problem("git is not installed.", "apt-get install git")
        return
    shown = subprocess.run([git, "--version"], capture_output=True, text=True, check=False, timeout=30).stdout
    found = re.search(r"(\d+)\.(\d+)", shown)
    if found is None or (int(found[1]), int(found[2])) < OLDEST_GIT:
        needed = ".".join(map(str, OLDEST_GIT))
        yield problem(f"{printable(shown) or git} is too old.", f"Install git {needed} or newer.")
    else:
        yield ok(f"Python {platform.python_version()}, {printable(shown)}.")
