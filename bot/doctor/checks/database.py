"""The jobs' database: does it answer, and does it hold what this version needs?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from bot.doctor import Result, ok, problem, warning
from bot.doctor.site import Site, printable
from bot.jobs.engine import database, database_url
from bot.jobs.tables import METADATA

GROUP, PLACE = "machine", 30
_ADDS = "`suture serve` adds what is missing when it starts."
_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "ceph", "glusterfs", "fuse.glusterfs", "9p")


def look(site: Site) -> Iterable[Result]:
    """Its answer, its tables, and where a file of SQLite lies."""
    url = database_url(site.settings)
    kind = "SQLite" if url.get_backend_name() == "sqlite" else "Postgres"
    if kind == "SQLite":
        file = Path(str(url.database))
        if filesystem := network_filesystem(file, Path("/proc/mounts")):
            yield problem(
                f"{file} lies on a network's file system ({filesystem}), where SQLite's locks do not hold.",
                "Put SUTURE_DATA on a disk of this machine, or use Postgres.",
            )
        if not file.exists():
            yield ok(f"There is no database yet; {_ADDS}")
            return
    try:
        with database(site.settings) as engine:
            missing = lacking(sa.inspect(engine))
    except (SQLAlchemyError, OSError) as exc:
        yield problem(
            f"{kind} does not answer: {printable(str(getattr(exc, 'orig', None) or exc))}.",
            "Check that it runs, and host, name, user and password in SUTURE_DATABASE_URL."
            if kind == "Postgres"
            else "Check that the service may read and write the file and its folder.",
        )
        return
    yield from _told(kind, missing)


def _told(kind: str, missing: Mapping[str, list[str]]) -> Iterable[Result]:
    tables = [name for name, columns in missing.items() if not columns]
    columns = [f"{name}.{one}" for name, names in missing.items() for one in names]
    if columns:
        yield problem(
            f"{kind} has tables of another version: {', '.join(columns)} is not there.",
            "Bring all servers and workers to one version, and see the changelog on upgrading.",
        )
    if tables:
        yield warning(f"{kind} answers, but lacks {len(tables)} tables.", _ADDS)
    if not missing:
        yield ok(f"{kind} answers, and has its tables.")


def lacking(inspector: sa.Inspector) -> dict[str, list[str]]:
    """Table → the columns that it lacks; none for a table that is not there at all."""
    there = set(inspector.get_table_names())
    found: dict[str, list[str]] = {}
    for name, table in METADATA.tables.items():
        if name not in there:
            found[name] = []
            continue
        known = {one["name"] for one in inspector.get_columns(name)}
        if columns := [one.name for one in table.columns if one.name not in known]:
            found[name] = columns
    return found


def network_filesystem(file: Path, mounts: Path) -> str:
    """The kind of the file system, if it is one of a network; by the longest mount point above the file."""
    try:
        rows = [line.split(" ") for line in mounts.read_text().splitlines()]
    except OSError:
        return ""
    folder = file.resolve().parent
    points = {row[1].replace("\\040", " "): row[2] for row in rows if len(row) > 2}
    above = [point for point in points if folder.is_relative_to(point)]
    kind = points[max(above, key=len)] if above else ""
    return kind if kind in _NETWORK else ""
