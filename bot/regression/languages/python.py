"""Python: finds a project's tests, runs them with pytest in the sandbox, and reads what became of each."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import replace
from itertools import count
from pathlib import Path, PurePosixPath

from bot.gates.at_home import Style
from bot.gates.static import Objection, Unit
from bot.records import Finding, RegressionTest, Run, RunStatus
from bot.regression.languages import TestRequest
from bot.regression.languages._python import addopts, imports, inside, layout, results, static
from bot.regression.languages._python.config import test_config
from bot.review.reviewers import Placement
from bot.sandbox import Command, Execution

INSIDE = Path(inside.__file__).parent
# A project that makes errors of warnings does not mean those about a pytest newer than its own, or a plugin
# that is not here
SKEW = tuple(
    word
    for name in ("PytestDeprecationWarning", "PytestConfigWarning", "PytestUnknownMarkWarning")
    for word in ("-W", f"default::pytest.{name}")
)
LEAVING = 10.0  # seconds to hand over the results of a run that was ended
FEW = 3  # test files
MOST_RESULT = 13 << 20  # bytes: the sandbox's /out holds 16 MiB
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


class Python:
    """A `Language`. Every answer comes from the tree it is asked about; what was read once is remembered."""

    name = "python"
    suffixes: tuple[str, ...] = (".py", ".pyi", ".pyw")

    def __init__(self) -> None:
        self._reader = imports.Reader()

    def detects(self, tree: Path) -> bool:
        if any((tree / name).is_file() for name in layout.PROJECT_FILES):
            return True
        return next(layout.source_files(tree), None) is not None

    def test_roots(self, tree: Path) -> tuple[str, ...]:
        return layout.test_roots(tree)

    def is_test_file(self, path: str, tree: Path) -> bool:
        if not layout.matches(path, test_config(tree).python_files):
            return False
        return any(layout.below(path, root) for root in layout.test_roots(tree) or ("tests",))

    def test_name(self, name: str, tree: Path) -> str:
        return layout.fitting_name(name, test_config(tree).python_files)

    def is_protected(self, path: str) -> bool:
        return layout.is_protected(path)

    def placement(self, finding: Finding, tree: Path) -> Placement:
        root = self._root_for(finding.path, tree)
        module = layout.module_name(finding.path, tree, layout.import_roots(tree))
        stem = PurePosixPath(finding.path).stem
        subject = module.rpartition(".")[2] if stem == "__init__" and module else stem
        name = re.sub(r"\W+", "_", f"test_{subject}_{_slug(finding)}").strip("_").lower()
        for number in count(1 + finding.ordinal):
            numbered = f"{name}_{number}" if number > 1 else name
            path = f"{root}/{self.test_name(f'{numbered}.py', tree)}"
            if not (tree / path).exists() and not (tree / path).is_symlink():
                break
        return Placement(path.removeprefix("./"), module)

    def _root_for(self, path: str, tree: Path) -> str:
        """The root that shares the longest way with the file; in it, the folder that mirrors the file's."""
        roots = layout.test_roots(tree)
        if not roots:
            return "tests"
        folders = PurePosixPath(path).parts[:-1]

        def shared(root: str) -> int:
            pairs = zip(PurePosixPath(root).parts, folders, strict=False)
            return sum(1 for one, other in pairs if one == other)

        root = max(roots, key=lambda one: (layout.is_named_for_tests(one), shared(one)))
        for start in range(len(folders)):
            mirror = "/".join((root, *folders[start:]))
            if (tree / mirror).is_dir() and not (tree / mirror).is_symlink():
                return mirror
        return root

    def affected_tests(self, paths: tuple[str, ...], tree: Path) -> tuple[str, ...]:
        users = imports.importers(paths, tree, self._reader)
        patterns = test_config(tree).python_files
        roots = layout.test_roots(tree) or ("tests",)
        tests = (one for one in users if layout.matches(one, patterns))
        return tuple(sorted(one for one in tests if any(layout.below(one, root) for root in roots)))

    def objections(
        self, test: RegressionTest, tree: Path, unit: Unit, python_path: tuple[str, ...] = ()
    ) -> tuple[Objection, ...]:
        return static.objections(test, _text(tree, test.path), tree, unit, python_path)

    def form_of(self, test: RegressionTest, tree: Path) -> Style:
        return static.form_of(test.content, static.new_lines(_text(tree, test.path), test.content), tree)

    def same_meaning(self, path: str, before: str, after: str) -> bool:
        return static.same_meaning(path, before, after)

    def adds_unused(self, path: str, before: str, after: str, tree: Path) -> bool:
        return static.adds_unused(path, before, after, tree)

    def surroundings(self, before: str, after: str) -> tuple[Objection, ...]:
        return static.surroundings(before, after)

    def respaced(self, path: str, source: str) -> str:
        return static.respaced(path, source)

    def command(self, request: TestRequest) -> Command:
        roots = (*request.python_path, *layout.import_roots(request.tree))
        binaries = Path(request.environment.python).parent
        return Command(
            argv=(
                *(request.environment.python, "-I", "-S", str(INSIDE / "guard.py")),
                *("--rootdir=.", "--color=no", "--continue-on-collection-errors", _tracebacks(request)),
                *("-o", "cache_dir=/tmp/pytest-cache", *SKEW),
            ),
            source=request.tree,
            read_only=(*request.environment.read_only, INSIDE),
            variables={
                **dict(request.environment.variables),
                "PATH": f"{binaries}:{SYSTEM_PATH}",
                "PYTHONPATH": ":".join(dict.fromkeys(str(PurePosixPath("/tree", one)) for one in roots)),
                "PYTHONHASHSEED": str(request.conditions.hash_seed),
                **({"TZ": request.conditions.zone} if request.conditions.zone else {}),
                "PYTHONDONTWRITEBYTECODE": "1",
                "SUTURE_RUN": json.dumps(_wanted(request)),
            },
            # The guard ends the tests in time; the sandbox ends the guard, should it have to
            limits=replace(request.limits, wall=request.limits.wall + LEAVING),
        )

    def read(self, request: TestRequest, command: Command, execution: Execution) -> Run:
        found = results.Results()
        status = execution.status
        if status is RunStatus.EXITED:
            nonce = json.loads(command.variables["SUTURE_RUN"])["nonce"]
            found = results.parse(execution.result or b"", nonce)
            results.need_pytest(found, request.environment.label)
            if results.is_stopped(found, execution):
                status = RunStatus.TIMEOUT
            elif not results.is_whole(found, execution):
                status, found = RunStatus.LOST, results.Results()
        return Run(
            tree=request.name,
            command=("python", "-m", "pytest", *(found.arguments or request.selection)),
            status=status,
            exit_code=execution.exit_code if status is not RunStatus.TIMEOUT else None,
            seconds=execution.seconds,
            outcomes=tuple(found.outcomes.values()),
            executed=found.executed,
            looks=tuple(found.looks),
            written=execution.written,
            environment=request.environment.key,
            output=results.end_of_output(execution, found.notes),
            conditions=str(request.conditions),
            python_path=_imported_from(command),
        )


def _wanted(request: TestRequest) -> dict[str, object]:
    """What the guard inside is told of a run."""
    options, is_changed = addopts.cleaned(request.tree, bool(request.selection), request.environment.options)
    return {
        "nonce": secrets.token_hex(16),
        "result": "/out/result",
        "trace": list(request.trace),
        "readers": [request.new_test] if request.new_test else [],
        "test_timeout": request.test_timeout,
        "options": addopts.long_options(request.tree, request.environment.options),
        "order": request.conditions.order,
        "clock": request.conditions.clock,
        "disguise": request.conditions.disguise,
        "wall": request.limits.wall,
        "memory": request.limits.memory,
        "budget": min(int(request.limits.result * 0.85), MOST_RESULT),
        "selection": list(request.selection),
        "addopts": list(options),
        "is_changed": is_changed,
    }


def _imported_from(command: Command) -> tuple[str, ...]:
    """The folders of the tree that were imported from."""
    named = command.variables.get("PYTHONPATH", "").split(":")
    return tuple(str(PurePosixPath(one).relative_to("/tree")) for one in named if one)


def _tracebacks(request: TestRequest) -> str:
    """Readable ones for the few tests that somebody reads about; those of a suite would take its time."""
    return "--tb=short" if 0 < len(request.selection) <= FEW else "--tb=native"


def _text(tree: Path, path: str) -> str | None:
    """The file as it stands in the tree; None when there is none, or only through a link."""
    place = tree / path
    return place.read_text(errors="replace") if place.is_file() and not place.is_symlink() else None


def _slug(finding: Finding) -> str:
    """The weakness in a word or three: the rule's own name, else the CWE."""
    return finding.rule.rpartition("/")[2] or finding.cwe
