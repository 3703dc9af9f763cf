"""Builds the environment that a repository's dependency files ask for, once for each set of them.

The project itself is not installed: its code is imported from the tree, so that head and fixed share an
environment. What it asks `importlib.metadata` about itself is answered from its packaging files. Code of its
own that has to be compiled or generated is not there, and the label says so.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType

from bot.environments import Environment
from bot.environments.detect import Plan, detect
from bot.environments.fetch import Fetcher, run_uv
from bot.environments.index import configured_index
from bot.environments.installed import installed_pythons
from bot.environments.offers import built_wheels
from bot.environments.pool import alone
from bot.environments.refusal import NoWheel, need
from bot.environments.requirements import Requirements, checked, name_of, read_requirements
from bot.environments.sources import Builder
from bot.errors import EnvironmentUnavailable
from bot.sandbox import Sandbox

RECIPE = 2  # raise it when environments have to be built anew
REMEMBERED = 24 * 3600  # seconds before a package is asked again whether it has a wheel
NOTHING: Mapping[str, str] = MappingProxyType({})


def build_environment(
    tree: Path,
    pool: Path,
    variables: Mapping[str, str] = NOTHING,
    sandbox: Sandbox | None = None,
    *,
    packages: tuple[str, ...] = (),
    python: str = "",
) -> Environment:
    """The environment for this tree, from `pool` when it was built before.

    `variables` are those of the operator that say which package index to use (see `bot.environments.index`).
    `packages` are wanted beside the tree's own, and `python` ("3.12") rather than the one that it chooses.
    In `sandbox` wheels are built of packages that have none for any Python here; without one, none are.
    Raises EnvironmentUnavailable, with the reason in words, when it cannot be had.
    """
    plan = _with(detect(tree), packages, python)
    pool = pool.resolve()
    for name in ("envs", "work", "cache", "built"):
        (pool / name).mkdir(parents=True, exist_ok=True)
    index = configured_index(variables)
    pythons = list(installed_pythons(plan.requires_python, variables, plan.python, plan.tested))
    refusal: NoWheel | None = None
    for builder in (None, sandbox) if sandbox else (None,):
        refusal = None
        for base in pythons:
            fetcher = Fetcher(pool, index, base.read_only, base.python, variables)
            try:
                return _from_pool(plan, fetcher, builder)
            except NoWheel as error:  # an older Python may have one; people want to read what the first lacks
                refusal = refusal or error
    raise refusal or EnvironmentUnavailable("This machine has no Python to build an environment with.")


def _with(plan: Plan, packages: tuple[str, ...], python: str) -> Plan:
    """The plan, and what the configuration asks for. Raises EnvironmentUnavailable."""
    if not (packages or python):
        return plan
    more = tuple(checked(one, "The configuration") for one in packages)
    return replace(
        plan,
        source=f"{plan.source} and the configuration",
        requirements=plan.requirements + more,
        python=python or plan.python,
    )


def _from_pool(plan: Plan, fetcher: Fetcher, sandbox: Sandbox | None) -> Environment:
    """The environment for this interpreter, built now if it never was."""
    key = _key(plan, fetcher.python, fetcher.source)
    folder = fetcher.pool / "envs" / key
    ready, refused = folder / ".ready", folder.with_suffix(".unbuildable" if sandbox else ".refused")
    with alone(folder.with_suffix(".lock")):
        if not ready.exists():
            if refused.exists() and time.time() - refused.stat().st_mtime < REMEMBERED:
                raise NoWheel(refused.read_text())
            try:
                remark = _build(plan, fetcher, folder, sandbox)
            except NoWheel as error:
                refused.write_text(str(error))
                raise
            ready.write_text(remark)
    return Environment(
        key=key,
        python=str(folder / "bin" / "python"),
        read_only=(folder, *fetcher.read_only),
        label=f"environment built from {plan.source}{ready.read_text()}",
    )


def _key(plan: Plan, python: str, index: str) -> str:
    """Of the recipe, the interpreter, the index and all that the plan asks for."""
    program = Path(os.path.realpath(python))
    facts = [RECIPE, str(program), program.stat().st_mtime_ns, index, asdict(plan)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:24]


def _build(plan: Plan, fetcher: Fetcher, folder: Path, sandbox: Sandbox | None) -> str:
    """Make the environment in its place, since it cannot be moved; the answer is what its label adds."""
    shutil.rmtree(folder, ignore_errors=True)  # what a killed builder left
    work = Path(tempfile.mkdtemp(dir=fetcher.pool / "work"))
    try:
        wanted = _requirements(plan, fetcher, work)
        (work / "wanted.txt").write_text("\n".join(wanted.wanted) + "\n")
        (work / "constraints.txt").write_text("\n".join(wanted.constraints) + "\n")
        lines = ["--only-binary", ":all:", "-c", "constraints.txt"]
        built = built_wheels(Builder(fetcher, sandbox, work), lines, plan.source) if sandbox else ()
        made = run_uv(fetcher, ["venv", "--no-project", "--python", fetcher.python, str(folder)], work)
        need(made, plan.source)
        site = next((folder / "lib").glob("python3.*/site-packages"))
        _announce(plan, site)
        install = ["pip", "install", "--python", str(folder / "bin" / "python"), *lines, "-r", "wanted.txt"]
        with_built = fetcher.with_links(tuple(one.parent for one in built))
        need(run_uv(with_built, install, work), plan.source)
        # By the base interpreter without `site`: the environment's own would run what packages put in .pth
        compile_all = ["-I", "-S", "-m", "compileall", "-q", "-j", "2", str(site)]
        run_uv(fetcher, compile_all, work, program=fetcher.python)  # files that do not compile are no error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    names = ", ".join(one.name.rsplit("-", 3)[0] for one in built)
    own = f"; not built: the repository's own compiled parts ({plan.compiled})" if plan.compiled else ""
    return (f"; built from source: {names}" if names else "") + own


def _requirements(plan: Plan, fetcher: Fetcher, work: Path) -> Requirements:
    """All that is wanted, pytest included."""
    found = Requirements(wanted=list(plan.requirements), constraints=list(plan.constraints))
    if plan.lock:
        for name, text in plan.lock:
            (work / name).write_text(text)
        extras = [word for one in plan.extras for word in ("--extra", one)]
        options = ["--frozen", "--all-groups", "--no-emit-workspace", "--no-header", "--no-annotate"]
        exported = run_uv(fetcher, ["export", *options, *extras, "--python", fetcher.python], work)
        need(exported, plan.source)
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
