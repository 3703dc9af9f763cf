"""What a name in a file stands for, and which functions the file has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

import libcst as cst

from bot.review.rules.analysis.known import NOTHING, Known, Meaning, Names, Naming
from bot.review.rules.analysis.source import Source


@dataclass(frozen=True, eq=False)
class Function:
    """A function, method or nested function of a file."""

    source: Source
    imports: Mapping[str, str]
    node: cst.FunctionDef
    owner: cst.ClassDef | None  # the class it is a method of
    outer: tuple[str, ...]  # names of the functions and classes around it, outermost first
    nested: bool  # stands inside another function
    known: Known = NOTHING  # what was told of functions that it may call

    @property
    def name(self) -> str:
        return self.node.name.value

    @property
    def qualified(self) -> str:
        return ".".join((*self.outer, self.name))

    @property
    def lines(self) -> range:
        """The lines of its head and body."""
        span = self.source.spans[self.node]
        return range(self.source.line(span.start), self.source.line(span.end) + 1)

    @property
    def is_public(self) -> bool:
        return not any(part.startswith("_") for part in (*self.outer, self.name))

    @property
    def is_static(self) -> bool:
        return any(dotted(one.decorator) == "staticmethod" for one in self.node.decorators)

    @property
    def parameters(self) -> tuple[cst.Param, ...]:
        """Positional and keyword parameters, without `self` or `cls`."""
        given = self.node.params
        every = (*given.posonly_params, *given.params, *given.kwonly_params)
        return every[1:] if self.owner is not None and not self.is_static else every

    def annotation(self, name: str) -> str:
        """The annotation of a parameter as it is written, "" for none."""
        for one in self.parameters:
            if one.name.value == name and one.annotation is not None:
                return self.source.code(one.annotation.annotation)
        return ""

    def called(self, call: cst.Call) -> str:
        """The dotted name of what is called, aliases of imports undone: "os.path.join", "open"."""
        return resolve(call.func, self.imports)

    def calls_one_of(self, call: cst.Call, names: Names) -> bool:
        """Whether the call is one of these, which somebody told us of."""
        return bool(names) and self.naming.meaning(call.func).is_one_of(names)

    @cached_property
    def meanings(self) -> frozenset[Meaning]:
        """What its calls name, each once."""
        return frozenset(self.naming.meaning(one.func) for one in _calls(self.source, self.node))

    @cached_property
    def naming(self) -> Naming:
        return Naming(PurePosixPath(self.source.path).with_suffix("").parts, self.imports)


def _calls(source: Source, node: cst.CSTNode) -> Iterator[cst.Call]:
    if isinstance(node, cst.Call):
        yield node
    for child in source.below(node):
        yield from _calls(source, child)


def dotted(node: cst.CSTNode) -> str:
    """`a.b.c` for a chain of names, else ""."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        left = dotted(node.value)
        return f"{left}.{node.attr.value}" if left else ""
    return ""


def resolve(node: cst.CSTNode, imports: Mapping[str, str]) -> str:
    """The dotted name with its first part replaced by what was imported under it."""
    first, dot, rest = dotted(node).partition(".")
    return imports.get(first, first) + dot + rest


def read_imports(module: cst.Module) -> dict[str, str]:
    """Local name → dotted name of what it was imported from, for imports anywhere in the file."""
    reader = _Imports()
    module.visit(reader)
    return reader.names


class _Imports(cst.CSTVisitor):
    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def visit_Import(self, node: cst.Import) -> None:  # noqa: N802 - libcst's name
        for alias in node.names:
            name = dotted(alias.name)
            if alias.asname:
                self.names[dotted(alias.asname.name)] = name
            else:
                first = name.partition(".")[0]
                self.names[first] = first

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:  # noqa: N802 - libcst's name
        if isinstance(node.names, cst.ImportStar):
            return
        home = "." * len(node.relative) + (dotted(node.module) if node.module else "")
        for alias in node.names:
            name = dotted(alias.name)
            local = dotted(alias.asname.name) if alias.asname else name
            self.names[local] = f"{home}.{name}" if home.strip(".") else f"{home}{name}"


def functions(source: Source) -> tuple[Function, ...]:
    """Every function of the file, in the order they stand in it."""
    return tuple(_functions(source, read_imports(source.module), source.module, None, (), nested=False))


def _functions(
    source: Source,
    imports: Mapping[str, str],
    node: cst.CSTNode,
    owner: cst.ClassDef | None,
    outer: tuple[str, ...],
    *,
    nested: bool,
) -> Iterator[Function]:
    for child in node.children:
        if isinstance(child, cst.FunctionDef):
            yield Function(source, imports, child, owner, outer, nested)
            inner = (*outer, child.name.value)
            yield from _functions(source, imports, child.body, None, inner, nested=True)
        elif isinstance(child, cst.ClassDef):
            inner = (*outer, child.name.value)
            yield from _functions(source, imports, child.body, child, inner, nested=nested)
        elif isinstance(
            child, cst.BaseSuite | cst.BaseStatement | cst.Else | cst.Finally | cst.ExceptHandler
        ):
            yield from _functions(source, imports, child, owner, outer, nested=nested)


def string_value(node: cst.CSTNode | None) -> str | None:
    """The text of a plain string literal, else None."""
    if isinstance(node, cst.SimpleString | cst.ConcatenatedString):
        value = node.evaluated_value
        return value if isinstance(value, str) else None
    return None


def argument(call: cst.Call, position: int, keyword: str = "") -> cst.Arg | None:
    """The call's argument at a position or with a keyword; None when it has none or uses `*`."""
    place = 0
    for arg in call.args:
        if arg.star:
            return None
        if arg.keyword is not None:
            if keyword and arg.keyword.value == keyword:
                return arg
            continue
        if place == position:
            return arg
        place += 1
    return None
