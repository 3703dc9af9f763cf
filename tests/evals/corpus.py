"""Corpora of pull requests: built into folders, with the interpreter that a case's tests need.

A corpus is a folder of recipes with a `build_case.py` of its own (real CVEs; the sources are downloaded), or
a folder like `tests/cases/evals`: one folder a case, with the files of each branch in a folder of that name.
Either way a built case holds `repo/` (git), `pr.json` and, for whoever judges, `oracle/`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpus"
ALL_BRANCHES = "files"  # this folder of a case of ours holds what all its branches have
# Of a case of ours: a branch, the folder with its files, and the branch it starts from
DEFECT = {
    "a-base": ("a-base", ""),
    "a-head": ("a-head", "a-base"),
    "c-head": ("c-head", "a-base"),
    "base": ("c-head", "a-base"),
    "head": ("a-head", "base"),
}
CLEAN = {"base": ("base", ""), "head": ("head", "base")}
DATES = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), "2026-01-05T10:00:00Z")


class NoCorpus(Exception):
    """The corpus, or a case of it, is not there; the message says where it was looked for."""


@dataclass(frozen=True, slots=True)
class Built:
    """A case that is ready for use."""

    name: str
    folder: Path
    python: str  # the interpreter of its environment

    @property
    def repository(self) -> Path:
        return self.folder / "repo"

    @property
    def oracle(self) -> Path:
        return self.folder / "oracle"

    @property
    def python_path(self) -> str:
        """The folder of the tree that it is imported from."""
        return str(self._told["pythonpath"])

    @property
    def variables(self) -> dict[str, str]:
        """The environment that its tests want."""
        return {name: str(value) for name, value in self._told.get("env", {}).items()}

    @property
    def truth(self) -> Mapping[str, Any]:
        """What is known of it: `cwe`, `files` and more."""
        return _read(self.oracle / "truth.json")

    @property
    def _told(self) -> Mapping[str, Any]:
        return _read(self.folder / "pr.json")

    def show(self, branch: str, path: str) -> str:
        """A file of a branch; "" when it has none."""
        return git(self.repository, "show", f"{branch}:{path}", missing="")


def case_names(corpus: Path) -> tuple[str, ...]:
    """All cases, clean ones too. Raises NoCorpus."""
    folder = corpus / "cases" if _has_recipes(corpus) else corpus
    found = sorted(one.parent.name for one in folder.glob("*/pr.json" if folder == corpus else "*/case.yaml"))
    if not found:
        raise NoCorpus(f"There is no corpus at {corpus}: name its folder with --corpus.")
    return tuple(found)


def build(name: str, corpus: Path, built: Path, python: str = sys.executable) -> Built:
    """The case below `built`, built there unless it stands there. Raises NoCorpus.

    `python` is for a case that has no environment of its own.
    """
    folder = built / name
    if not _has_recipes(corpus):
        if not (corpus / name).is_dir():
            raise NoCorpus(f"There is no case {name} at {corpus}: name the corpus' folder with --corpus.")
        if not (folder / "repo").is_dir():
            _lay_out(corpus / name, folder)
        return Built(name, folder, python)
    if not (folder / "repo").is_dir():
        run_recipe(corpus, name, str(built))
    has_forms = git(folder / "repo", "rev-parse", "--verify", "--quiet", "c-head", missing="")
    if not has_forms and not name.startswith("clean-"):
        output([sys.executable, str(corpus / "forms.py"), str(folder)])
    return Built(name, folder, interpreter(name, corpus, built))


def interpreter(name: str, corpus: Path, built: Path) -> str:
    """The case's own; one of the same name below `built`/venvs goes first (it may hold more packages)."""
    told = Path(run_recipe(corpus, "--venv", name).split()[-1])
    own = built / "venvs" / told.parent.parent.name / "bin" / "python"
    return str(own if own.exists() else told)


def run_recipe(corpus: Path, *arguments: str) -> str:
    """What the corpus' own program prints. Raises NoCorpus."""
    script = corpus / "build_case.py"
    if not script.is_file():
        raise NoCorpus(f"There is no {script}: name the corpus' folder with --corpus.")
    return output([sys.executable, str(script), *arguments])


def git(repository: Path, *arguments: str, missing: str | None = None) -> str:
    """What git prints; `missing`, if given, when it fails. Raises NoCorpus."""
    return output(["git", "-C", str(repository), *arguments], missing=missing)


def output(command: list[str], missing: str | None = None) -> str:
    """What a program prints; `missing`, if given, when it fails. Raises NoCorpus."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and missing is not None:
        return missing
    if done.returncode:
        raise NoCorpus(f"{' '.join(command)} failed: {(done.stderr or done.stdout)[-500:]}")
    return done.stdout


def _read(file: Path) -> Mapping[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _has_recipes(corpus: Path) -> bool:
    return (corpus / "build_case.py").is_file()


def _lay_out(source: Path, folder: Path) -> None:
    """A case of ours, with the same commits each time."""
    shutil.copytree(source / "oracle", folder / "oracle", dirs_exist_ok=True)
    shutil.copy(source / "pr.json", folder)
    repository = folder / "repo"
    repository.mkdir(parents=True)
    branches = CLEAN if (source / "base").is_dir() else DEFECT
    _commit_with(repository, "init", "-q", "-b", next(iter(branches)))
    for branch, (files, start) in branches.items():
        if start:
            _commit_with(repository, "checkout", "-q", "-b", branch, start)
        for path in repository.iterdir():
            if path.name != ".git":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for part in (source / ALL_BRANCHES, source / files):
            if part.is_dir():
                shutil.copytree(part, repository, dirs_exist_ok=True)
        _commit_with(repository, "add", "-A", "-f")
        _commit_with(repository, "commit", "-q", "--allow-empty", "-m", branch)


def _commit_with(repository: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Dev", "-c", "user.email=dev@example.com", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(repository), *who, *arguments]
    subprocess.run(command, check=True, env={**os.environ, **DATES}, capture_output=True)
