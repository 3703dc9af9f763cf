"""Wheels as archives: those that a hostile build made, and empty ones by which uv chooses a version."""

from __future__ import annotations

import io
import re
import stat
import zipfile
from email.parser import HeaderParser
from pathlib import PurePosixPath

from bot.environments.refusal import BuildFailed
from bot.environments.requirements import name_of

MOST_FILES = 10_000
MOST_BYTES = 256 << 20  # unpacked
MOST_HEADER = 256 << 10
INFO = re.compile(r"(?P<name>[A-Za-z0-9_.]{1,100})-(?P<version>[A-Za-z0-9_.!+]{1,60})\.dist-info")
TAG = re.compile(r"(?:py[0-9.py]{1,8}|cp3\d{1,2})-(?:none|abi3|cp3\d{1,2}t?)-[A-Za-z0-9_.]{1,80}")
DATA = re.compile(r"[^/]+\.data/")
PLACES = ("purelib/", "platlib/", "scripts/", "headers/", "data/share/", "data/etc/")
PROGRAMS = ("python", "pypy", "activate")  # of the environment itself


def stub(name: str, version: str, python: str) -> tuple[str, bytes]:
    """(file name, content) of a wheel that only says that this version exists."""
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    about += f"Requires-Python: {python}\n" if python and "\n" not in python else ""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{info}/METADATA", about)
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return f"{info.removesuffix('.dist-info')}-py3-none-any.whl", packed.getvalue()


def accepted(name: str, version: str, data: bytes) -> str:
    """The file name of a wheel that a hostile build made; raises BuildFailed for anything odd."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _refuse_odd(archive.infolist(), name)
            infos = {one.filename.split("/")[0] for one in archive.infolist()}
            folders = [match for one in infos if (match := INFO.fullmatch(one))]
            if len(folders) != 1 or name_of(folders[0]["name"]) != name:
                raise BuildFailed(f"The build of {name} made the wheel of something else.")
            about = _headers(archive, f"{folders[0][0]}/METADATA")
            tags = _headers(archive, f"{folders[0][0]}/WHEEL").get_all("Tag", [])
    except (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, RuntimeError) as exc:
        raise BuildFailed(f"The build of {name} made no wheel: {exc}.") from exc
    if name_of(about.get("Name", "")) != name or about.get("Version") != version:
        raise BuildFailed(f"The build of {name} {version} made the wheel of something else.")
    fitting = sorted((one.strip() for one in tags if TAG.fullmatch(one.strip())), reverse=True)
    if not fitting:
        raise BuildFailed(f"The build of {name} made a wheel that is for no known Python.")
    # Of py3 and py2 the newer
    return f"{folders[0]['name']}-{folders[0]['version']}-{fitting[0]}.whl"


def _headers(archive: zipfile.ZipFile, path: str):  # type: ignore[no-untyped-def]  # the mail parser's own type
    with archive.open(path) as file:
        text = file.read(MOST_HEADER + 1)
    if len(text) > MOST_HEADER:
        raise BuildFailed(f"A build made a wheel whose {path} is too large.")
    return HeaderParser().parsestr(text.decode("utf-8"))


def _refuse_odd(entries: list[zipfile.ZipInfo], name: str) -> None:
    if len(entries) > MOST_FILES or sum(one.file_size for one in entries) > MOST_BYTES:
        raise BuildFailed(f"The build of {name} made a wheel that is too large.")
    names = [one.filename for one in entries]
    for one in entries:
        path = PurePosixPath(one.filename)
        mode = one.external_attr >> 16
        is_plain = not mode or stat.S_IFMT(mode) in (0, stat.S_IFREG, stat.S_IFDIR)
        is_below = not path.is_absolute() and ".." not in path.parts and "\\" not in one.filename
        if not (is_plain and is_below and one.filename.isprintable()) or _replaces(one.filename):
            raise BuildFailed(f"The build of {name} made a wheel with a file in an odd place: {path}.")
    if len(set(names)) != len(names):
        raise BuildFailed(f"The build of {name} made a wheel with the same file twice.")


def _replaces(path: str) -> bool:
    """Would it be installed outside the packages, over what an environment consists of?"""
    match = DATA.match(path)
    if not match or path == match[0]:
        return False
    place = path[match.end() :]
    program = place.removeprefix("scripts/").lower()
    return not place.startswith(PLACES) or (place.startswith("scripts/") and program.startswith(PROGRAMS))
