"""The App's permissions, against those that it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.doctor import Result, ok, problem, skipped, warning
from bot.doctor.site import Site, printable
from bot.forge.registration import OPTIONAL_PERMISSIONS, PERMISSIONS

GROUP, PLACE = "github", 40
_LEVELS = ("", "read", "write", "admin")


def look(site: Site) -> Iterable[Result]:
    """What is missing, and what is more than needed."""
    app = site.app()
    if app is None:
        yield skipped("GitHub does not tell.")
        return
    granted = app.get("permissions") or {}
    lacking = missing_of(granted)
    for name, level in lacking.items():
        yield _lack(name, level, granted, f"on the App's page at GitHub ({_settings_page(app)})")
    wanted = {**OPTIONAL_PERMISSIONS, **{name: level for name, (level, _) in PERMISSIONS.items()}}
    more = [f"{name}: {level}" for name, level in granted.items() if _above(level, wanted.get(name, ""))]
    if more:
        yield warning(
            f"The App may do more than it needs: {printable(', '.join(sorted(more)))}.",
            "Take it away on the App's page at GitHub.",
        )
    if not lacking and not more:
        yield ok("The App has the permissions that it needs, and no more.")


def _lack(name: str, level: str, granted: Mapping[str, str], where: str) -> Result:
    _, why = PERMISSIONS[name]
    fix = f"Grant it {where}; owners then accept it."
    if name == "contents" and granted.get(name) == "read":
        return warning(
            "The App may only read contents: fixes are patches in comments, threads are not resolved.", fix
        )
    return problem(f"The App lacks {name}: {level} ({why}).", fix)


def missing_of(granted: Mapping[str, str]) -> dict[str, str]:
    """The permissions that are needed and not granted, with their level."""
    return {name: level for name, (level, _) in PERMISSIONS.items() if _above(level, granted.get(name, ""))}


def _above(level: str, other: str) -> bool:
    return _rank(level) > _rank(other)


def _rank(level: str) -> int:
    return _LEVELS.index(level) if level in _LEVELS else len(_LEVELS)


def _settings_page(app: Mapping[str, object]) -> str:
    return printable(f"{app.get('html_url')}, App settings, Permissions & events")
