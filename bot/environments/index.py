"""Which package index the operator has configured, for uv or for pip: the only places packages come from."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bot.errors import SettingsError

PYPI = "https://pypi.org/simple"
PYPI_FILES = ("files.pythonhosted.org", 443)  # where PyPI's pages lead to
PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class PackageIndex:
    """URLs may hold credentials: they go into uv's environment only, never into argv, logs or messages."""

    default: str
    extra: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    more_hosts: tuple[tuple[str, int], ...] = ()
    strategy: str = "first-index"  # uv's word for how several indexes are weighed

    def __repr__(self) -> str:
        return f"PackageIndex({', '.join(host for host, _ in sorted(self.hosts))})"

    @property
    def urls(self) -> tuple[str, ...]:
        return (self.default, *self.extra, *self.find_links)

    @property
    def named(self) -> frozenset[tuple[str, int]]:
        """(host, port) pairs that the operator named; they may lie in an inner network."""
        found = {pair for url in self.urls if url != PYPI for pair in _host(url)}
        return frozenset(found | set(self.more_hosts))

    @property
    def hosts(self) -> frozenset[tuple[str, int]]:
        """All (host, port) pairs that may be reached."""
        public = {("pypi.org", 443), PYPI_FILES} if PYPI in (self.default, *self.extra) else set()
        return frozenset(self.named | public)

    @property
    def folders(self) -> tuple[Path, ...]:
        """Folders of this machine that serve as an index."""
        local = [unquote(urlsplit(url).path) for url in self.urls if url.startswith("file://")]
        local += [url for url in self.find_links if url.startswith("/")]
        # The pages of a local index, by custom in a folder "simple", lead to files beside that folder.
        whole = [Path(one).parent if Path(one).name == "simple" else Path(one) for one in local]
        return tuple(one for one in dict.fromkeys(whole) if one.is_dir())


def configured_index(variables: Mapping[str, str]) -> PackageIndex:
    """The index by uv's variables and `uv.toml`, else by pip's; PyPI where nothing is configured.

    SUTURE_INDEX_HOSTS names further hosts ("files.example.org mirror.example.org:8443") that an index's pages
    lead to. Raises SettingsError for a configuration that cannot be read.
    """
    home = Path(variables.get("HOME") or "/nonexistent")
    uv, pip = _uv(variables, home), _pip(variables, home)
    chosen = uv if any(uv.values()) else pip
    default = (uv["default"] or pip["default"] or [PYPI])[0].rstrip("/")
    more = variables.get("SUTURE_INDEX_HOSTS", "").split()
    return PackageIndex(
        default=default,
        extra=tuple(dict.fromkeys(chosen["extra"])),
        find_links=tuple(dict.fromkeys(chosen["find_links"])),
        more_hosts=tuple(pair for one in more for pair in _host(f"https://{one}")),
        # pip takes the best version of all indexes: who configured them for pip counts on that
        strategy=variables.get("UV_INDEX_STRATEGY")
        or ("first-index" if chosen is uv else "unsafe-best-match"),
    )


def _host(url: str) -> Iterator[tuple[str, int]]:
    """The (host, port) of an http or https URL; nothing for a local one."""
    try:
        parts = urlsplit(url)
        if parts.scheme in PORTS and parts.hostname:
            yield parts.hostname.lower(), parts.port or PORTS[parts.scheme]
    except ValueError as exc:
        raise SettingsError(f"A configured package index is no URL: {exc}.") from exc


def _uv(variables: Mapping[str, str], home: Path) -> dict[str, list[str]]:
    config = Path(variables.get("XDG_CONFIG_HOME") or home / ".config") / "uv" / "uv.toml"
    named = Path(variables.get("UV_CONFIG_FILE", ""))
    table: dict[str, Any] = {}
    for path in (Path("/etc/uv/uv.toml"), config, named):
        table |= _toml(path) if path.name else {}
    table = {**table, **{key: value for key, value in table.get("pip", {}).items() if key not in table}}
    tables = [one for one in table.get("index", []) if isinstance(one, dict) and "url" in one]
    default = [variables.get("UV_DEFAULT_INDEX", ""), variables.get("UV_INDEX_URL", "")]
    default += [one["url"] for one in tables if one.get("default")] + [table.get("index-url", "")]
    extra = f"{variables.get('UV_INDEX', '')} {variables.get('UV_EXTRA_INDEX_URL', '')}".split()
    extra += [one["url"] for one in tables if not one.get("default")] + list(table.get("extra-index-url", []))
    links = variables.get("UV_FIND_LINKS", "").replace(",", " ").split() + list(table.get("find-links", []))
    return {"default": _urls(default), "extra": _urls(extra), "find_links": _urls(links)}


def _pip(variables: Mapping[str, str], home: Path) -> dict[str, list[str]]:
    config = Path(variables.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf"
    places = [Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf"), home / ".pip" / "pip.conf", config]
    places += [Path(variables["PIP_CONFIG_FILE"])] if variables.get("PIP_CONFIG_FILE") else []
    options: dict[str, str] = {}
    for path in places:
        for section in ("global", "install"):
            options |= _ini(path).get(section, {})
    for name in ("index-url", "extra-index-url", "find-links"):
        options[name] = variables.get(f"PIP_{name.upper().replace('-', '_')}") or options.get(name, "")
    return {
        "default": _urls(options["index-url"].split()),
        "extra": _urls(options["extra-index-url"].split()),
        "find_links": _urls(options["find-links"].split()),
    }


def _urls(values: list[str]) -> list[str]:
    """Without uv's `name=` in front of a URL, and without what is empty."""
    named = [one.split("=", 1)[1] if "=" in one.split("://")[0] else one for one in values]
    return [one for one in named if one]


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return {}
    except (OSError, ValueError) as exc:
        raise SettingsError(f"{path} cannot be read: {exc}.") from exc


def _ini(path: Path) -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return {}
    except (OSError, ValueError, configparser.Error) as exc:
        raise SettingsError(f"{path} cannot be read: {exc}.") from exc
    return {section: dict(parser[section]) for section in parser.sections()}
