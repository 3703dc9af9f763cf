"""Cases of the corpus, built and made ready: the head, upstream's fix, the hidden test and an interpreter."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import CodeType

from bot.assembly import local_lab
from bot.commands.prove import home_of
from bot.fix.patches import make_patch
from bot.forge.checkout import export_tree
from bot.records import Patch
from bot.regression.aim import Function, functions_of
from bot.regression.lab import Bench
from bot.regression.languages._python.layout import import_roots, module_name
from bot.settings import read_settings
from tests.evals.corpus import CORPUS, NoCorpus, git, interpreter, run_recipe
from tests.evals.prover.known import KNOWN, Known

__all__ = ["CORPUS", "Case", "NoCorpus", "names", "open_case"]

NAME = "test_oracle_gold.py"


@dataclass(frozen=True)
class Case:
    """One case: what a prover is given, and what cheats are made of."""

    name: str
    head: Path  # a tree of its own, only read
    bench: Bench
    upstream: str  # the fix as git writes it
    fixed: Mapping[str, str]  # the files that it changes, patched
    test: str  # the hidden test, with a benign sibling
    place: str
    known: Known

    def text(self, path: str) -> str:
        """A file of the head; "" when there is none."""
        return (self.head / path).read_text(encoding="utf-8") if (self.head / path).is_file() else ""

    @property
    def path(self) -> str:
        """The first file that the fix changes."""
        return next(iter(self.fixed))

    @cached_property
    def module(self) -> str:
        """Its dotted name."""
        return module_name(self.path, self.head, import_roots(self.head))

    @cached_property
    def changed(self) -> tuple[Function, ...]:
        """Functions of the first file, as it is on the head, that the fix changes."""
        before, after = (_bodies(one) for one in (self.text(self.path), self.fixed[self.path]))
        inner = [one for one in before if after.get(one, before[one])[1] != before[one][1]]
        return tuple(before[one][0] for one in inner)

    @property
    def unit(self) -> str:
        """An expression for the first changed function, once `import MODULE as unit` is there."""
        return f"unit.{self.changed[0].name}" if self.changed else "unit"

    @cached_property
    def mark(self) -> str:
        """A piece of source that only the patched file has."""
        before = {line.strip() for line in self.text(self.path).splitlines()}
        added = (line.strip() for line in self.fixed[self.path].splitlines())
        return next(one for one in added if one and one not in before and one[0] not in "#:\"'")

    @cached_property
    def word(self) -> str:
        """A name or constant, as `repr` writes it, that only the patched function's code holds."""
        function = self.changed[0].name
        before, after = (_words(one, function) for one in (self.text(self.path), self.fixed[self.path]))
        return min(after - before, default="")

    def patch(self, changed: Mapping[str, str] | None = None) -> Patch:
        """The diff to these contents, in place of upstream's where they name the same file."""
        return make_patch({**self.fixed, **(changed or {})}, self.head)

    def only(self, changed: Mapping[str, str]) -> Patch:
        """The diff to these contents, without upstream's fix."""
        return make_patch(changed, self.head)


def _words(text: str, function: str) -> set[str]:
    """What `repr` makes of the names and constants of a function's code."""
    code = compile(text, "fixed", "exec")
    for part in function.split("."):
        code = next(one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == part)
    return set(map(repr, (*code.co_names, *code.co_varnames, *code.co_consts)))


def _bodies(text: str) -> dict[str, tuple[Function, str]]:
    module = ast.parse(text)
    nodes = {
        node.lineno: ast.dump(node)
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    starts = {one.body: one for one in functions_of(module)}
    found = {}
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            one = starts[node.body[0].lineno]
            found[one.name] = (one, nodes[node.lineno])
    return found


def names(corpus: Path) -> tuple[str, ...]:
    """The cases that hold a defect."""
    folder = corpus / "cases"
    if not folder.is_dir():
        raise NoCorpus(f"There is no corpus at {corpus}: name its folder with --corpus.")
    return tuple(sorted(one.name for one in folder.iterdir() if not one.name.startswith("clean-")))


def open_case(name: str, corpus: Path, built: Path, scratch: Path) -> Case:
    """Build the case below `built` unless it stands there; its head is exported below `scratch`."""
    folder = built / name
    if not (folder / "repo").is_dir():
        run_recipe(corpus, name, str(built))
    repository = folder / "repo"
    head = scratch / name
    export_tree(repository, "head", head)
    known = KNOWN.get(name, Known())
    told = json.loads((folder / "pr.json").read_text(encoding="utf-8"))["pythonpath"]
    python_path = () if told == "." else (told,)
    lab = local_lab(read_settings(), repository, interpreter(name, corpus, built), python_path)
    bench = lab.bench(head)
    upstream = git(repository, "diff", "head", "base")
    paths = git(repository, "diff", "--name-only", "head", "base").split()
    fixed = {path: git(repository, "show", f"base:{path}") for path in paths}
    test = (corpus / "cases" / name / "test_oracle.py").read_text(encoding="utf-8") + known.sibling
    return Case(name, head, bench, upstream, fixed, test, home_of(bench, head, NAME), known)
