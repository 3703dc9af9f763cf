"""Builds the environment that a repository's dependency files ask for, once for each set of them.

The project itself is not installed: its code is imported from the tree, so that head and fixed share an
environment. What it asks `importlib.metadata` about itself is answered from its pyproject.toml. Code that
has to be compiled or generated is not there; that needs a build of its own in the sandbox.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType

from bot.environments import Environment
from bot.environments.detect import Plan, detect
from bot.environments.fetch import Fetched, Fetcher, run_uv
from bot.environments.index import configured_index
from bot.environments.installed import installed_pythons
from bot.environments.requirements import Requirements, name_of, read_requirements
from bot.errors import EnvironmentUnavailable

RECIPE = 2  # raise it when environments have to be built anew
REMEMBERED = 24 * 3600  # seconds before a package is asked again whether it has a wheel
NOTHING: Mapping[str, str] = MappingProxyType({})


class NoWheel(EnvironmentUnavailable):
    """A package has no wheel for this Python."""


def build_environment(tree: Path, pool: Path, variables: Mapping[str, str] = NOTHING) -> Environment:
    """The environment for this tree, from `pool` when it was built before.

    `variables` are those of the operator that say which package index to use (see `bot.environments.index`).
    Raises EnvironmentUnavailable, with the reason in words, when it cannot be had.
    """
    plan = detect(tree)
    pool = pool.resolve()
    for name in ("envs", "work", "cache"):
        (pool / name).mkdir(parents=True, exist_ok=True)
    index = configured_index(variables)
    refusal: NoWheel | None = None
    for base in installed_pythons(plan.requires_python, variables, plan.python):
        try:
            return _from_pool(plan, Fetcher(pool, index, base.read_only, base.python, variables))
        except (
            NoWheel
        ) as error:  # an older Python may have one; what the first lacks is what people want to read
            refusal = refusal or error
    raise refusal or EnvironmentUnavailable("This machine has no Python to build an environment with.")


def _from_pool(plan: Plan, fetcher: Fetcher) -> Environment:
    """The environment for this interpreter, built now if it never was."""
    key = _key(plan, fetcher.python, repr((fetcher.index, fetcher.index.folders)))
    folder = fetcher.pool / "envs" / key
    refused = folder.with_suffix(".refused")
    with _alone(folder.with_suffix(".lock")):
        if refused.exists() and time.time() - refused.stat().st_mtime < REMEMBERED:
            raise NoWheel(refused.read_text())
        if not (folder / ".ready").exists():
            try:
                _build(plan, fetcher, folder)
            except NoWheel as error:
                refused.write_text(str(error))
                raise
            (folder / ".ready").touch()
    return Environment(
        key=key,
        python=str(folder / "bin" / "python"),
        read_only=(folder, *fetcher.read_only),
        label=f"environment built from {plan.source}",
    )


def _key(plan: Plan, python: str, index: str) -> str:
    """Of the recipe, the interpreter, the index and all that the plan asks for."""
    program = Path(os.path.realpath(python))
    facts = [RECIPE, str(program), program.stat().st_mtime_ns, index, asdict(plan)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:24]


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One builder a key, on this machine; the others wait for what it builds."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(plan: Plan, fetcher: Fetcher, folder: Path) -> None:
    """Make the environment in its place: a virtual environment cannot be moved."""
    shutil.rmtree(folder, ignore_errors=True)  # what a killed builder left
    work = Path(tempfile.mkdtemp(dir=fetcher.pool / "work"))
    try:
        wanted = _requirements(plan, fetcher, work)
        (work / "wanted.txt").write_text("\n".join(wanted.wanted) + "\n")
        made = run_uv(fetcher, ["venv", "--no-project", "--python", fetcher.python, str(folder)], work)
        _need(made, plan)
        site = next((folder / "lib").glob("python3.*/site-packages"))
        _announce(plan, site)
        options = ["--python", str(folder / "bin" / "python"), "--only-binary", ":all:", "-r", "wanted.txt"]
        if wanted.constraints:
            (work / "constraints.txt").write_text("\n".join(wanted.constraints) + "\n")
            options += ["-c", "constraints.txt"]
        _need(run_uv(fetcher, ["pip", "install", *options], work), plan)
        # By the base interpreter without `site`: the environment's own would run what packages put in .pth
        compile_all = ["-I", "-S", "-m", "compileall", "-q", "-j", "2", str(site)]
        run_uv(fetcher, compile_all, work, program=fetcher.python)  # files that do not compile are no error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _requirements(plan: Plan, fetcher: Fetcher, work: Path) -> Requirements:
    """All that is wanted, pytest included."""
    found = Requirements(wanted=list(plan.requirements), constraints=list(plan.constraints))
    if plan.lock:
        for name, text in plan.lock:
            (work / name).write_text(text)
        extras = [word for one in plan.extras for word in ("--extra", one)]
        options = ["--frozen", "--all-groups", "--no-emit-workspace", "--no-header", "--no-annotate"]
        exported = run_uv(fetcher, ["export", *options, *extras, "--python", fetcher.python], work)
        _need(exported, plan)
        (work / "exported.txt").write_text(exported.stdout)
        read_requirements(work, "exported.txt", found)
    if not any(name_of(one) == "pytest" for one in found.wanted):
        found.wanted.append("pytest")
    return found


def _announce(plan: Plan, site: Path) -> None:
    """Let `importlib.metadata` know the project and its entry points. Before anything is installed there."""
    if plan.itself:
        name, version = plan.itself
        folder = site / f"{re.sub(r'[-_.]+', '_', name)}-{version}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        groups: dict[str, list[str]] = {}
        for group, key, value in plan.entry_points:
            groups.setdefault(group, []).append(f"{key} = {value}")
        sections = [f"[{group}]\n" + "\n".join(lines) + "\n" for group, lines in groups.items()]
        (folder / "entry_points.txt").write_text("\n".join(sections))


def _need(fetched: Fetched, plan: Plan) -> None:
    """Raise EnvironmentUnavailable in words for a call of uv that failed."""
    if fetched.exit_code == 0:
        return
    advice = "Name an interpreter that has the dependencies with --python."
    errors = fetched.stderr[max(0, fetched.stderr.find("error:")) :]
    said = " ".join(errors.removeprefix("error:").split())[-700:]
    start = f"The dependencies from {plan.source} cannot be fetched"
    if fetched.is_spent:
        raise EnvironmentUnavailable(f"{start}: they are too large. {advice}")
    if fetched.refused:
        hosts = ", ".join(fetched.refused)
        raise EnvironmentUnavailable(
            f"{start}: they lie on {hosts}, which is no configured package index. {advice}"
        )
    if any(
        word in said for word in ("building from source is disabled", "no usable wheels", "no wheels with")
    ):
        reason = "a package has no wheel for this Python, and nothing is built from source"
        raise NoWheel(f"{start}: {reason} ({said}). {advice}")
    raise EnvironmentUnavailable(f"{start}: uv says: {said}. {advice}")
