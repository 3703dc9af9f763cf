"""The image without an engine: its build's commands are run here, and what they made is started."""

from __future__ import annotations

import fnmatch
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from dockerfile_parse import DockerfileParser

from tests.fakes.databases import WEBHOOK_SECRET
from tests.fakes.postgres import free_port
from tests.fakes.workers import wait_until

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Stage:
    """One part of the Dockerfile: its instructions in order."""

    steps: tuple[tuple[str, str], ...]

    def all(self, instruction: str) -> list[str]:
        return [value for name, value in self.steps if name == instruction]


def stages() -> tuple[Stage, Stage]:
    """The one that builds, and the one that is shipped."""
    parser = DockerfileParser(fileobj=io.BytesIO(DOCKERFILE.read_bytes()))
    told = [(one["instruction"], one["value"]) for one in parser.structure]
    steps = [one for one in told if one[0] != "COMMENT"]
    first, second = (number for number, (name, _) in enumerate(steps) if name == "FROM")
    return Stage(tuple(steps[first:second])), Stage(tuple(steps[second:]))


def context(folder: Path) -> Path:
    """What the engine would be sent: the files that .dockerignore leaves."""
    ignored = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines()
    kept = [line[1:] for line in ignored if line.startswith("!")]
    for name in kept:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The prefix that the build's last command makes, from the files that its COPY lines name."""
    sent = context(tmp_path_factory.mktemp("context"))
    source, prefix = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("image") / "suture"
    build, _ = stages()
    for line in build.all("COPY"):
        *names, place = line.split()
        for name in names:
            if (sent / name).is_dir():
                shutil.copytree(sent / name, source / place)
            else:
                shutil.copy(sent / name, source / place)
    arguments = dict(line.split("=", 1) for line in build.all("ARG"))
    arguments |= {"PREFIX": str(prefix), "EXTRAS": "kubernetes"}
    environment = {**os.environ, **arguments, "PATH": f"{BIN}:{os.environ['PATH']}"}
    subprocess.run(["sh", "-euc", build.all("RUN")[-1]], cwd=source, env=environment, check=True)
    yield prefix
    shutil.rmtree(prefix)


def test_the_linter_finds_nothing() -> None:
    """hadolint, with every rule but those that the file names with its reason."""
    done = subprocess.run([BIN / "hadolint", DOCKERFILE], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


def test_what_is_installed_is_whole(built: Path) -> None:
    """Every prompt, page, schema and query of the source is in the image, as is every module."""
    (site,) = built.glob("lib/python3.*/site-packages")

    def files(root: Path) -> set[str]:
        found = (path for name in ("bot", "webhooks") for path in (root / name).rglob("*") if path.is_file())
        return {str(path.relative_to(root)) for path in found if "__pycache__" not in path.parts}

    kept = subprocess.run(
        ["git", "ls-files", "bot", "webhooks"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(kept.stdout.split()) - files(site) == set()


def test_the_image_serves(built: Path, tmp_path: Path) -> None:
    """It migrates, it serves, its health check sees that, and sees when it does not."""
    _, shipped = stages()
    port = free_port()
    environment = {
        "PATH": f"{built}/bin:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "SUTURE_DATA": str(tmp_path / "data"),
        "SUTURE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "SUTURE_PORT": str(port),
    }
    (check,) = shipped.all("HEALTHCHECK")
    words = [word.replace("8080", str(port)) for word in json.loads(check.partition("CMD ")[2])]

    def run(*argv: str) -> int:
        return subprocess.run(
            argv, env=environment, cwd=tmp_path, capture_output=True, check=False
        ).returncode

    assert run("suture", "migrate") == 0
    assert run(*words) != 0
    process = subprocess.Popen(
        ["suture", "serve", "--web-only"], env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: run(*words) == 0)
    finally:
        process.terminate()
    assert process.wait(30) == 0


def test_what_is_shipped() -> None:
    """Not root, no build tools, a first process that reaps, and what the sandbox needs, as in setup.sh."""
    _, shipped = stages()
    (install,) = shipped.all("RUN")
    (setup,) = [
        line
        for line in (ROOT / "deploy" / "setup.sh").read_text().splitlines()
        if line.startswith("packages git")
    ]
    needed = {pair.partition("=")[2] for pair in setup.split()[1:]}

    assert shipped.all("USER") == ["10001:10001"]
    assert needed <= set(install.split())
    assert shipped.all("COPY") == ["--from=build /opt/suture /opt/suture"]
    assert shipped.all("ENTRYPOINT") == ['["/usr/bin/tini", "-g", "--", "suture"]']


@pytest.mark.parametrize(
    "path", ["deploy/.env", "deploy/secrets/private-key.pem", ".git/config", "tests/a.py"]
)
def test_nothing_else_is_sent_to_the_engine(path: str) -> None:
    """What could hold a secret is left out before any instruction runs."""
    first, *rest = [
        line
        for line in (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    kept = [line[1:] for line in rest if line.startswith("!")]

    assert first == "*"
    assert not any(fnmatch.fnmatch(path, one) or path.startswith(f"{one}/") for one in kept)
