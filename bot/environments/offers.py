"""Finds out which packages have to be built from source, and in which versions: uv decides, we offer."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from bot.environments.fetch import run_uv
from bot.environments.refusal import ADVICE, BuildFailed, need
from bot.environments.requirements import name_of
from bot.environments.sources import Archive, Builder
from bot.environments.wheels import stub

MOST_BUILT = 12
ROUNDS = 40
MISSING = re.compile(r"Wheels are required for `([A-Za-z0-9._-]+)` because")  # uv's hint


@dataclass(slots=True)
class Offer:
    """What could be had beside the wheels of the index."""

    archives: dict[tuple[str, str], Archive] = field(default_factory=dict)  # by name and version
    built: dict[str, Path] = field(default_factory=dict)

    def stubs(self, work: Path) -> Path:
        """A new folder with an empty wheel for each version that could be built."""
        folder = Path(tempfile.mkdtemp(dir=work))
        for (name, version), one in self.archives.items():
            if name not in self.built:
                file, data = stub(name, version, one.python)
                (folder / file).write_bytes(data)
        return folder

    def taken(self, resolved: str) -> list[Archive]:
        """Those archives, not built yet, whose versions a resolution took."""
        lines = [line.split(";")[0].strip() for line in resolved.splitlines()]
        pairs = [(name_of(line), line.partition("==")[2].strip()) for line in lines if "==" in line]
        return [self.archives[one] for one in pairs if one in self.archives and one[0] not in self.built]


def built_wheels(builder: Builder, options: list[str], source: str) -> tuple[Path, ...]:
    """Wheels, built now or before, for those packages of the work folder's wanted.txt that have none.

    Raises BuildFailed, saying why, when one cannot be built.
    """
    offer = Offer()
    words = ["pip", "compile", "--no-header", "--no-annotate", "--python", builder.fetcher.python]
    for _ in range(ROUNDS):
        folders = (*(one.parent for one in offer.built.values()), offer.stubs(builder.work))
        fetcher = builder.fetcher.with_links(folders)
        resolved = run_uv(fetcher, [*words, *options, "wanted.txt"], builder.work)
        if resolved.exit_code == 0:
            taken = offer.taken(resolved.stdout)
            if not taken:
                return tuple(offer.built.values())
            _build_all(builder, offer, taken, source)
            continue
        known = {name for name, _ in offer.archives}
        missing = {name_of(one) for one in MISSING.findall(resolved.stderr)} - known
        found = {(one.name, one.version): one for name in missing for one in builder.archives(name)}
        if not found:
            need(resolved, source)
        offer.archives |= found
    raise BuildFailed(f"The dependencies from {source} need too many packages built from source. {ADVICE}")


def _build_all(builder: Builder, offer: Offer, archives: list[Archive], source: str) -> None:
    if len(offer.built) + len(archives) > MOST_BUILT:
        names = ", ".join(sorted(one.name for one in archives))
        raise BuildFailed(
            f"The dependencies from {source} need more than {MOST_BUILT} packages built from source ({names} "
            f"among them). {ADVICE}"
        )
    for one in archives:
        try:
            offer.built[one.name] = builder.wheel(one)
        except BuildFailed as error:
            raise BuildFailed(f"The dependencies from {source} cannot be built: {error} {ADVICE}") from error
