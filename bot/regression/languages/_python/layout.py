"""Where a tree keeps its packages and its tests, and which paths a fix must leave alone."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from bot.environments.config_files import read_ini, read_toml, table, words
from bot.regression.languages._python.config import PATTERNS, test_config

SKIPPED = frozenset({"node_modules", "venv", "env", "build", "dist", "site-packages", "__pycache__"})
TEST_FOLDERS = frozenset({"tests", "test"})
MOST_FILES = 20_000
PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg", "manage.py")

PROTECTED_FOLDERS = TEST_FOLDERS | {"ci", "hooks"}  # the last two only at the top
PROTECTED_NAMES = (
    "test_*.py", "*_test.py", "tests.py", "conftest.py", "noxfile.py", "setup.py", "sitecustomize.py",
    "usercustomize.py", "*.pth", "*.cfg", "*.ini", "*.toml", "*.lock", "*.lockb", "requirements*.txt",
    "requirements*.in", "*-requirements.txt", "constraints*.txt", "pipfile", "pipfile.lock", "manifest.in",
    "package.json", "package-lock.json", "environment*.yml", "environment*.yaml", "makefile", "gnumakefile",
    "*.mk", "justfile", "dockerfile*", "containerfile*", "docker-compose*", "compose.y*ml", "jenkinsfile",
    "azure-pipelines*", "appveyor.yml", "codecov.yml", "procfile", "codeowners",
)  # fmt: skip


def source_files(tree: Path) -> Iterator[str]:
    """Python files of the tree, sorted; no links, and nothing in hidden folders, environments and builds."""
    count = 0
    for folder, folders, names in os.walk(tree):
        here = Path(folder)
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one not in SKIPPED)
        folders[:] = [one for one in folders if not (here / one / "pyvenv.cfg").exists()]
        for name in sorted(names):
            if name.endswith(".py") and not (here / name).is_symlink():
                count += 1
                if count > MOST_FILES:
                    return
                yield (here / name).relative_to(tree).as_posix()


def is_protected(path: str) -> bool:
    """See `Language.is_protected`. Names are compared without case, since some file systems do."""
    parts = PurePosixPath(path.lower()).parts
    if not parts or any(part.startswith(".") for part in parts):  # .github, .git, "..", …
        return True
    if any(part in TEST_FOLDERS for part in parts[:-1]) or (len(parts) > 1 and parts[0] in PROTECTED_FOLDERS):
        return True
    return any(fnmatchcase(parts[-1], pattern) for pattern in PROTECTED_NAMES)


def matches(path: str, patterns: tuple[str, ...]) -> bool:
    """Would pytest take the file at this path for a test module, going by its name?"""
    name = PurePosixPath(path).name
    return any(fnmatchcase(path, f"*{one}") if "/" in one else fnmatchcase(name, one) for one in patterns)


def fitting_name(name: str, patterns: tuple[str, ...]) -> str:
    """The name of a test file, or one made of its words that the project's runner collects."""
    if matches(name, patterns):
        return name
    words = re.sub(r"^tests?_|_tests?$", "", PurePosixPath(name).stem)
    shapes = [PurePosixPath(one).name for one in patterns]
    made = [one.replace("*", words) for one in shapes if one.count("*") == 1 and one.endswith(".py")]
    return next((one for one in made if matches(one, patterns)), name)


def below(path: str, folder: str) -> bool:
    return folder in (".", "") or path == folder or path.startswith(folder + "/")


def test_roots(tree: Path) -> tuple[str, ...]:
    """Folders with tests: as configured, else those named so, else where test files lie; "." for the top."""
    config = test_config(tree)
    configured = [PurePosixPath(one).as_posix() for one in config.testpaths]
    files = list(source_files(tree))
    named_folders = [one for pattern in configured for one in _expanded(pattern, files)]
    roots = [one for one in named_folders if ".." not in one and one[:1] != "/" and (tree / one).is_dir()]
    if not roots:
        tests = [one for one in files if matches(one, config.python_files)]
        roots = list(dict.fromkeys(_root_of(one) for one in tests))
    named = [one for one in roots if is_named_for_tests(one)]
    if (
        named and not configured and config.python_files == PATTERNS
    ):  # elsewhere it is product code by its name
        roots = named
    outer = [one for one in roots if not any(other != one and below(one, other) for other in roots)]
    return tuple(sorted(outer, key=lambda one: (one.count("/"), one)))


def _expanded(pattern: str, files: list[str]) -> list[str]:
    """The folders that a pattern of `testpaths` names, each "*" within one folder's name."""
    if not any(one in pattern for one in "*?["):
        return [pattern]
    wanted = pattern.split("/")
    starts = {tuple(one.split("/")[: len(wanted)]) for one in files if one.count("/") >= len(wanted)}
    return sorted("/".join(one) for one in starts if all(map(fnmatchcase, one, wanted)))


def is_named_for_tests(root: str) -> bool:
    """Does a folder on the way to this one say that tests are in it?"""
    return not TEST_FOLDERS.isdisjoint(PurePosixPath(root).parts)


def _root_of(path: str) -> str:
    """The outermost folder named `tests` on the way to a test file, else the file's own folder."""
    folders = PurePosixPath(path).parts[:-1]
    for number, name in enumerate(folders):
        if name in TEST_FOLDERS:
            return "/".join(folders[: number + 1])
    return "/".join(folders) or "."


def import_roots(tree: Path) -> tuple[str, ...]:
    """Folders of the tree that its code is imported from, the most specific first; always has "."."""
    roots = [*_declared(tree), "src"]
    for entry in sorted(one for one in tree.iterdir() if one.is_dir() and not one.is_symlink()):
        if entry.name.startswith(".") or entry.name in SKIPPED | TEST_FOLDERS:
            continue
        if any((entry / name).is_file() for name in PROJECT_FILES) and not (entry / "__init__.py").exists():
            roots += [f"{entry.name}/src", entry.name]
    kept = [one for one in dict.fromkeys(roots) if _is_import_root(tree, one)]
    return (*kept, ".")


def _is_import_root(tree: Path, folder: str) -> bool:
    inside = not folder.startswith("/") and ".." not in folder.split("/") and folder not in ("", ".")
    return inside and (tree / folder).is_dir() and not (tree / folder / "__init__.py").exists()


def _declared(tree: Path) -> list[str]:
    """Folders that the packaging or pytest's own setting names."""
    tool = table(read_toml(tree, "pyproject.toml"), "tool")
    setuptools = table(tool, "setuptools")
    found = [*words(table(setuptools, "packages", "find").get("where"))]
    found += [one for one in (table(setuptools, "package-dir").get(""),) if isinstance(one, str)]
    found += words(table(tool, "pytest", "ini_options").get("pythonpath"))
    packages = table(tool, "poetry").get("packages")
    found += [str(one["from"]) for one in packages or () if isinstance(one, dict) and "from" in one]
    setup = read_ini(tree, "setup.cfg")
    found += words(setup.get("options.packages.find", {}).get("where"))
    folders = setup.get("options", {}).get("package_dir", "").splitlines()
    found += [one.strip("= ") for one in folders if one.startswith("=")]
    return [PurePosixPath(one).as_posix() for one in found]


def module_name(path: str, tree: Path, roots: tuple[str, ...]) -> str:
    """Dotted name by which the file at `path` is imported; "" when it cannot be."""
    top = package_top(path, lambda folder: (tree / folder / "__init__.py").is_file())
    return name_from(path, top, roots)


def package_top(path: str, is_package: Callable[[str], bool]) -> str:
    """The folder above the outermost package that the file is in; its own folder when it is in none."""
    top = path.rpartition("/")[0]
    while top and is_package(top):
        top = top.rpartition("/")[0]
    return top or "."


def name_from(path: str, top: str, roots: tuple[str, ...]) -> str:
    """The dotted name of the file whose packages begin below `top`; "" for what is no name."""
    known = [one for one in roots if below(path, one)]
    # A package is imported from the folder above it; where that is no root, from the innermost root.
    base = top if top in known or not known else known[0]
    parts = (path if base == "." else path[len(base) + 1 :]).removesuffix(".py").split("/")
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts) if parts and all(part.isidentifier() for part in parts) else ""
