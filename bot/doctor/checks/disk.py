"""Room for checkouts, environments and the database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from bot.doctor import Result, ok, problem, warning
from bot.doctor.site import Site

GROUP, PLACE = "machine", 20
GIB = 1 << 30
_LITTLE, _NONE = 5 * GIB, GIB // 2


def look(site: Site) -> Iterable[Result]:
    """Each folder that is full, or cannot be written."""
    folders = {"SUTURE_DATA": site.settings.data, "SUTURE_CACHE": site.settings.cache}
    seen: set[Path] = set()
    for name, folder in folders.items():
        place = _existing(folder.resolve())
        if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
            yield problem(f"{place} cannot be written.", f"Let the service write there, or set {name}.")
        elif place not in seen:
            yield told_of(shutil.disk_usage(place).free, place, name)
        seen.add(place)


def _existing(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.exists())


def told_of(free: int, place: Path, name: str) -> Result:
    """What so many free bytes mean."""
    said = f"{free / GIB:.1f} GiB are free at {place}"
    if free < _NONE:
        return problem(f"{said}: too little for a checkout.", f"Make room, or set {name} to another disk.")
    if free < _LITTLE:
        return warning(f"{said}.", f"Make room, or set {name} to another disk.")
    return ok(f"{said}.")
