"""Builds wheels of packages that the index has as source alone: in the sandbox, without network.

The source archive and what its build needs (wheels alone) are fetched before, while no code runs. What a
build gives is one wheel, checked as an archive and then installed by uv like any other. It depends on nothing
but the archive, the Python and the index, so that it is kept under a name made of those.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.environments.config_files import table
from bot.environments.declared import strings
from bot.environments.fetch import Fetched, Fetcher, run_uv
from bot.environments.inside import build_sdist, catalog
from bot.environments.pool import alone
from bot.environments.refusal import BuildFailed
from bot.environments.requirements import checked, name_of
from bot.environments.wheels import accepted
from bot.records import RunStatus
from bot.sandbox import MIB, Command, Execution, Limits, Sandbox

RECIPE = 1  # raise it when wheels have to be built anew
PURE = re.compile(r"-(?:py2\.)?py3-none-any\.whl$")  # one for all; not that of another implementation
ENDINGS = (".tar.gz", ".zip")
MOST_VERSIONS = 200
MOST_ARCHIVE = 100 * MIB
LIMITS = Limits(wall=300, cpu=300, memory=2048 * MIB, processes=256, result=12 * MIB)
# What a package without pyproject.toml was made for: its setup.py imports what later versions no longer have
DEFAULT = ("setuptools>=40.8,<81", "wheel")
LEGACY = "setuptools.build_meta:__legacy__"


@dataclass(frozen=True, slots=True)
class Archive:
    """A source archive on the index."""

    name: str
    version: str
    file: str
    url: str
    python: str  # the range of Pythons that it is for


@dataclass(frozen=True, slots=True)
class Builder:
    """Where a build takes place."""

    fetcher: Fetcher
    sandbox: Sandbox
    work: Path  # in the pool; removed by the caller

    def archives(self, name: str) -> list[Archive]:
        """The source archives of a package, as the index lists them, of versions without a wheel for all."""
        answer = self._catalog("list", name)
        if answer.exit_code != 0:
            raise BuildFailed(f"The files of {name} cannot be listed: {answer.stderr.strip()[-300:]}.")
        listed = [tuple(map(str, one)) for one in json.loads(answer.stdout)]
        pure = {file.split("-")[1] for file, _, _ in listed if PURE.search(file)}
        found = []
        for file, url, python in listed:
            stem = next((file.removesuffix(one) for one in ENDINGS if file.endswith(one)), "")
            own, _, version = stem.rpartition("-")
            if name_of(own) == name and version not in pure and name_of(f"x=={version}"):
                found.append(Archive(name, version, file, url, python))
        return found[-MOST_VERSIONS:]

    def _catalog(self, *words: str) -> Fetched:
        script = self.work / "catalog.py"
        shutil.copy(catalog.__file__, script)
        arguments = ["-I", str(script), *words]
        return run_uv(self.fetcher, arguments, self.work, program=self.fetcher.python)

    def wheel(self, archive: Archive) -> Path:
        """The wheel of this archive, from the pool when it was built before. Raises BuildFailed."""
        with tempfile.TemporaryDirectory(dir=self.work) as folder:
            source = Path(folder)
            source.chmod(0o755)  # the sandbox's user reads it
            fetched = self._catalog("get", archive.url, str(source / archive.file), str(MOST_ARCHIVE))
            if fetched.exit_code != 0:
                raise BuildFailed(f"{archive.file} cannot be fetched: {fetched.stderr.strip()[-300:]}.")
            kept = self.fetcher.pool / "built" / self._key(source / archive.file)
            if not any(kept.glob("*.whl")):
                shutil.copy(build_sdist.__file__, source / "build_sdist.py")
                data = self._built(archive, source)
                kept.mkdir(parents=True, exist_ok=True)
                part = kept / "part"
                part.write_bytes(data)
                part.rename(kept / accepted(archive.name, archive.version, data))
            return next(kept.glob("*.whl"))

    def _key(self, file: Path) -> str:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        facts = [RECIPE, file.name, digest, self.fetcher.python, self.fetcher.source]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:24]

    def _built(self, archive: Archive, source: Path) -> bytes:
        shown = self._run(archive, source, (self.fetcher.python, "show"), (), self.fetcher.read_only)
        try:
            given = tomllib.loads((shown.result or b"").decode())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as exc:
            raise BuildFailed(f"The pyproject.toml of {archive.file} cannot be read: {exc}.") from exc
        system = table(given, "build-system")
        asked = strings(system["requires"]) if "requires" in system else DEFAULT
        needs = tuple(checked(one, archive.file) for one in asked)
        folder = self._environment(archive, needs)
        words = (str(system.get("build-backend", LEGACY)), *strings(system.get("backend-path")))
        shown_paths = (folder, *self.fetcher.read_only)
        done = self._run(archive, source, (str(folder / "bin" / "python"), "build"), words, shown_paths)
        if not done.result:
            raise BuildFailed(f"The build of {archive.file} gave nothing.")
        return done.result

    def _environment(self, archive: Archive, needs: tuple[str, ...]) -> Path:
        """An environment with what the build needs, in the folder that a sandbox may see."""
        facts = [RECIPE, "build", needs, self.fetcher.python, self.fetcher.source]
        key = hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:24]
        folder = self.fetcher.pool / "envs" / key
        with alone(folder.with_suffix(".lock")):
            if (folder / ".ready").exists():
                return folder
            shutil.rmtree(folder, ignore_errors=True)
            (self.work / "needs.txt").write_text("\n".join(needs) + "\n")
            options = [
                "--python",
                str(folder / "bin" / "python"),
                "--only-binary",
                ":all:",
                "-r",
                "needs.txt",
            ]
            base = ["venv", "--no-project", "--python", self.fetcher.python, str(folder)]
            for words in (base, *([["pip", "install", *options]] if needs else [])):
                done = run_uv(self.fetcher, words, self.work)
                if done.exit_code != 0:
                    said = " ".join(done.stderr.split())[-500:]
                    raise BuildFailed(f"What the build of {archive.file} needs cannot be fetched: {said}.")
            (folder / ".ready").touch()
        return folder

    def _run(
        self,
        archive: Archive,
        source: Path,
        start: tuple[str, str],
        words: Sequence[str],
        shown: tuple[Path, ...],
    ) -> Execution:
        program, verb = start
        argv = (program, "-I", "build_sdist.py", verb, archive.file, "/out/result", *words)
        done = self.sandbox.run(Command(argv, source, shown, limits=LIMITS))
        if done.status is not RunStatus.EXITED or done.exit_code != 0:
            said = " ".join(done.stderr.decode("utf-8", "replace").split())[-400:]
            raise BuildFailed(f"{archive.file} cannot be built: {done.status.value}, {said or done.detail}.")
        return done
