"""Runs uv where it reaches only the configured package index, and writes only to the pool.

No code of the repository or of a package runs here: wheels only, and no interpreter that would load what was
installed. So uv's cache may be shared by all repositories; no sandbox that runs their code ever sees it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import uv

from bot.environments import relay
from bot.environments.index import PackageIndex
from bot.environments.proxy import proxy_at
from bot.errors import EnvironmentUnavailable, SandboxUnavailable

PORT = 3128
WALL = 600.0  # seconds for all of one call
SHOWN_ETC = ("ssl/certs", "ssl/openssl.cnf", "ld.so.cache", "alternatives", "localtime")
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Where uv keeps its cache and environments, and whom it may ask."""

    pool: Path  # one file system: uv links files from its cache into environments
    index: PackageIndex
    read_only: tuple[Path, ...]  # the interpreter that environments are made from
    python: str
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """Where packages come from, for keys; without credentials."""
        return repr((self.index, self.index.folders))

    def with_links(self, folders: tuple[Path, ...]) -> Fetcher:
        """The same, which also takes the wheels that lie in these folders of the pool."""
        links = (*self.index.find_links, *map(str, folders))
        return replace(self, index=replace(self.index, find_links=links))


@dataclass(frozen=True, slots=True)
class Fetched:
    """How one call of uv ended."""

    exit_code: int
    stdout: str
    stderr: str
    refused: tuple[str, ...]  # hosts that were asked for and are no configured index
    is_spent: bool  # it wanted more bytes than one environment may have


def run_uv(fetcher: Fetcher, arguments: list[str], work: Path, *, program: str = "") -> Fetched:
    """Run uv (or `program`) in `work`, a folder of the pool.

    Raises SandboxUnavailable without bubblewrap, EnvironmentUnavailable when it takes too long.
    """
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise SandboxUnavailable("bubblewrap is not installed; install it: apt-get install bubblewrap")
    binary = uv.find_uv_bin()
    with tempfile.TemporaryDirectory(prefix="suture-fetch-") as folder:
        socket_path = Path(folder, "proxy")
        inside = [
            fetcher.python,
            "-I",
            "/net/relay.py",
            "/net/proxy",
            str(PORT),
            program or binary,
            *arguments,
        ]
        shutil.copy(relay.__file__, Path(folder, "relay.py"))
        shown = (*fetcher.read_only, Path(binary), *fetcher.index.folders, *_certificates(fetcher.variables))
        command = [bwrap, *_view(fetcher.pool, Path(folder), shown), "--chdir", str(work), "--", *inside]
        with proxy_at(socket_path, fetcher.index) as proxy:
            code, out, err = _run(command, _variables(fetcher))
        return Fetched(code, out, CREDENTIALS.sub("", err), proxy.refused, proxy.is_spent)


def _view(pool: Path, net: Path, shown: tuple[Path, ...]) -> list[str]:
    """bwrap's arguments: the system and the interpreter read-only, no network, one writable folder."""
    words = ["--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL"]
    words += ["--die-with-parent", "--new-session", "--hostname", "fetch", "--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib64"):
        words += ["--symlink", f"usr/{name}", f"/{name}"]
    for name in SHOWN_ETC:
        words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    words += ["--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev", "--tmpfs", "/dev/shm"]  # noqa: S108  inside
    words += ["--remount-ro", "/dev"]
    words += ["--size", str(256 << 20), "--tmpfs", "/tmp"]  # noqa: S108  inside
    for path in dict.fromkeys(shown):
        if not path.is_relative_to("/usr"):
            words += ["--ro-bind", str(path.resolve()), str(path)]
    words += ["--ro-bind", str(net), "/net", "--bind", str(pool), str(pool)]
    return [*words, "--remount-ro", "/"]


def _certificates(variables: Mapping[str, str]) -> tuple[Path, ...]:
    given = [Path(variables[name]) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if variables.get(name)]
    return tuple(one for one in given if one.exists() and not one.is_relative_to("/etc/ssl/certs"))


def _variables(fetcher: Fetcher) -> dict[str, str]:
    """All that uv is told. bwrap gets it as its own environment: an argument could be read by every user."""
    proxy = f"http://127.0.0.1:{PORT}"
    given = {
        name: fetcher.variables[name]
        for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")
        if name in fetcher.variables
    }
    index = fetcher.index
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": "/tmp",  # noqa: S108  inside
        "LANG": "C.UTF-8",
        "SSL_CERT_FILE": CERTIFICATES,
        **given,
        **dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), proxy),
        "UV_CACHE_DIR": str(fetcher.pool / "cache"),
        "UV_LINK_MODE": "hardlink",
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_SYSTEM_CERTS": "1",
        "UV_NO_PROGRESS": "1",
        "UV_HTTP_TIMEOUT": "60",
        "UV_DEFAULT_INDEX": index.default,
        "UV_INDEX_STRATEGY": index.strategy,
        **({"UV_INDEX": " ".join(index.extra)} if index.extra else {}),
        **({"UV_FIND_LINKS": ",".join(index.find_links)} if index.find_links else {}),
        "NO_COLOR": "1",
    }


def _run(command: list[str], variables: dict[str, str]) -> tuple[int, str, str]:
    with subprocess.Popen(
        command,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        cwd="/",
    ) as process:
        try:
            out, err = process.communicate(timeout=WALL)
        except subprocess.TimeoutExpired as exc:
            raise EnvironmentUnavailable(
                f"Fetching the repository's dependencies took longer than {WALL:g} s. Try again, or name an "
                "interpreter that has them with --python."
            ) from exc
        finally:
            with contextlib.suppress(ProcessLookupError):  # it ended by itself
                os.killpg(process.pid, signal.SIGKILL)
    return process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")
