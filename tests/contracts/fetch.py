"""Fetches GitHub's descriptions of its API once, pinned and checked: `python -m tests.contracts.fetch`."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[2] / ".cache" / "contracts"


@dataclass(frozen=True)
class Package:
    """An npm package, and the one file of it that is kept ("" keeps the archive)."""

    name: str
    version: str
    sha256: str
    member: str = ""

    @property
    def archive(self) -> Path:
        """Where npm puts the package."""
        return FOLDER / f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"

    @property
    def file(self) -> Path:
        """What the tests read."""
        suffix = Path(self.member).suffix or ".tgz"
        return self.archive.with_suffix(suffix)


OPENAPI = Package(
    "@octokit/openapi",
    "23.0.2",
    "71a18407dd5e8464f4e0525daf03deabbe65abd9287d6adc7b5d98f516cd0d0c",
    "package/generated/api.github.com.json",
)
WEBHOOKS = Package(
    "@octokit/webhooks-examples",
    "7.6.1",
    "89e6cb1c6345d32e3dd775617fa54effbdc26c859e514898d7728e95e9738280",
)
GRAPHQL = Package(
    "@octokit/graphql-schema",
    "15.26.1",
    "053e74249dafce2118fd9b7ae499b067d57c5f910c57745699ac45108bc68d1e",
    "package/schema.graphql",
)
MERMAID = Package(  # draws the diagrams in GitHub's Markdown
    "mermaid",
    "11.17.2",
    "6ad2f42c3fc26bbf9e45cbb6d11898972573ea52b33a5f4ff51952899f950ffd",
    "package/dist/mermaid.min.js",
)
AXE = Package(  # looks for what keeps people from using a page
    "axe-core",
    "4.14.1",
    "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745",
    "package/axe.min.js",
)
PACKAGES = (OPENAPI, WEBHOOKS, GRAPHQL, MERMAID, AXE)


class FetchError(Exception):
    """A description cannot be had; the message says why."""


def missing() -> list[Package]:
    """The descriptions that are not there yet."""
    return [one for one in PACKAGES if not one.file.is_file()]


def fetch(package: Package) -> None:
    """Have npm download a package, check it, and keep its one file. Raises FetchError."""
    npm = shutil.which("npm")
    if npm is None:
        raise FetchError("npm is not installed")
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = f"{package.name}@{package.version}"
    archive = package.archive
    if not archive.is_file():
        command = [npm, "pack", wanted, "--silent", "--pack-destination", str(FOLDER)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode != 0:
            raise FetchError(f"npm pack {wanted} failed: {done.stderr.strip()[-500:]}")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    if digest != package.sha256:
        archive.unlink()
        raise FetchError(f"{wanted} is not what was pinned: its SHA-256 is {digest}")
    if package.member:
        _keep(archive, package)
        archive.unlink()


def _keep(archive: Path, package: Package) -> None:
    with tarfile.open(archive) as tar:
        member = tar.extractfile(package.member)
        if member is None:
            raise FetchError(f"{package.name} {package.version} has no file {package.member}")
        half = package.file.with_suffix(".part")
        with member, half.open("wb") as out:
            shutil.copyfileobj(member, out)
        half.replace(package.file)


def main() -> int:
    """Fetch what is missing; the exit code is 1 when something could not be had."""
    for package in missing():
        try:
            fetch(package)
        except (FetchError, OSError, KeyError, tarfile.TarError, subprocess.SubprocessError) as error:
            print(f"contracts: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
