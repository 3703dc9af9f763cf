"""The licences of everything that is installed with Suture, its extras included, by what the packages say."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PERMISSIVE = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|Unlicense|Zlib|0BSD|CC0|MPL-2\.0|Mozilla Public",
    re.IGNORECASE,
)
COPYLEFT = re.compile(r"\b[AL]?GPL|General Public License|EUPL|SSPL|Commons Clause|\bBUSL?\b", re.IGNORECASE)
# The library GPL asks nothing of who imports a library as it is. None of these is changed or copied.
LIBRARIES = {"psycopg", "psycopg-binary", "pygithub"}


def closure() -> dict[str, Distribution]:
    """Everything that `pip install suture[all of its extras]` brings on this machine."""
    suture = distribution("suture")
    extras = suture.metadata.get_all("Provides-Extra") or []
    waiting = [(suture, tuple(extras))]
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    while waiting:
        one, wanted = waiting.pop()
        for line in one.requires or []:
            need = Requirement(line)
            if need.marker and not any(need.marker.evaluate({"extra": extra}) for extra in ("", *wanted)):
                continue
            name = canonicalize_name(need.name)
            key = (name, ",".join(sorted(need.extras)))
            if key in seen:
                continue
            seen.add(key)
            try:
                found[name] = distribution(name)
            except PackageNotFoundError:  # an extra of ours that is not installed here
                continue
            waiting.append((found[name], tuple(need.extras)))
    return found


def licence(one: Distribution) -> str:
    """What the package says of it: the expression, else the classifiers, else the first line of the text."""
    told = one.metadata
    classified = [line for line in told.get_all("Classifier") or [] if line.startswith("License ::")]
    text = (told.get("License") or "").strip().partition("\n")[0]
    return told.get("License-Expression") or "; ".join(classified) or text


def test_nothing_binds_who_runs_it() -> None:
    """Permissive, or a library under the library GPL that is named here; what says nothing is not taken."""
    said = {name: licence(one) for name, one in closure().items()}

    assert len(said) > 40
    copyleft = {name for name, text in said.items() if COPYLEFT.search(text)}
    assert {name: said[name] for name in copyleft - LIBRARIES} == {}
    assert all("GNU Lesser" in said[name] or "LGPL" in said[name] for name in copyleft & LIBRARIES)
    unknown = {
        name: text for name, text in said.items() if name not in copyleft and not PERMISSIVE.search(text)
    }
    assert unknown == {}
