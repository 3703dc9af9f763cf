"""Follows untrusted input through one function: statement by statement, to every call the function makes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import libcst as cst

from bot.review.rules.analysis.guards import checked_by_call, checked_names, leaves, names_in
from bot.review.rules.analysis.names import Function, dotted
from bot.review.rules.analysis.origins import Origin, parameter_origins
from bot.review.rules.analysis.source import Source
from bot.review.rules.analysis.taint import CLEAN, Taint, taint_of


@dataclass(frozen=True, slots=True)
class Binding:
    """What a local name holds: its taint, and the expression it was bound to when that is the only one."""

    taint: Taint = CLEAN
    value: cst.BaseExpression | None = None


UNBOUND = Binding()
# What a function hands back and what it compares are noted like calls, of these words, which no code can call
RETURN = "return"
EQUALS = "is"


@dataclass(frozen=True, eq=False)
class Site:
    """A call, the statement it stands in, and what the function's names hold there.

    A `return` and a comparison of two values are calls of `RETURN` and `EQUALS`; those have no span.
    """

    function: Function
    call: cst.Call
    statement: cst.BaseStatement
    names: Mapping[str, Binding]

    @property
    def called(self) -> str:
        return self.function.called(self.call)

    @property
    def method(self) -> str:
        """The last part of what is called."""
        func = self.call.func
        return func.attr.value if isinstance(func, cst.Attribute) else dotted(func)

    @property
    def lines(self) -> range:
        return self.function.source.lines(self.statement)

    def taint(self, node: cst.BaseExpression) -> Taint:
        return taint_of(node, self.function, lambda name: self.names.get(name, UNBOUND).taint)

    def resolve(self, node: cst.BaseExpression) -> cst.BaseExpression:
        """The expression behind a local name that is bound only once, followed to its end."""
        for _ in range(8):
            binding = self.names.get(node.value) if isinstance(node, cst.Name) else None
            if binding is None or binding.value is None:
                break
            node = binding.value
        return node

    def statement_of(self, node: cst.CSTNode) -> cst.BaseStatement | None:
        """The statement that an expression of this function stands in."""
        above = self.function.source.above(node)
        return next((one for one in above if isinstance(one, cst.BaseStatement)), None)


def trace(
    function: Function, is_wanted: Callable[[Site], bool], *, private: bool = False
) -> tuple[Site, ...]:
    """The wanted calls of the function with what reaches them, in the text's order; not of nested ones.

    With `private` the parameters of a function that only its own module calls count as untrusted too.
    """
    tracer = _Tracer(function, is_wanted, parameter_origins(function, private=private))
    tracer.block(function.node.body)
    return tuple(tracer.sites)


class _Tracer:
    def __init__(
        self, function: Function, is_wanted: Callable[[Site], bool], origins: Mapping[str, Origin]
    ) -> None:
        self.function = function
        self.is_wanted = is_wanted
        self.sites: list[Site] = []
        self.bound = Counter(bound_names(function.source, function.node.body))
        self.bound.update(one.name.value for one in function.parameters)
        self.names: dict[str, Binding] = {
            name: Binding(Taint(frozenset({one}))) for name, one in origins.items()
        }

    def block(self, body: cst.BaseSuite) -> None:
        if isinstance(body, cst.SimpleStatementSuite):
            return
        for statement in body.body:
            self.statement(statement)

    def statement(self, node: cst.CSTNode) -> None:
        if isinstance(node, cst.SimpleStatementLine):
            for small in node.body:
                self.small(small, node)
        elif isinstance(node, cst.If):
            self.branch(node)
        elif not isinstance(node, cst.FunctionDef | cst.ClassDef):
            self.compound(node)

    def compound(self, node: cst.CSTNode) -> None:
        """A loop, `with`, `try` or `match`."""
        if isinstance(node, cst.For):
            self.calls(node.iter, node)
            self.bind(node.target, self.taint(node.iter), None, node)
            self.bodies(node)
        elif isinstance(node, cst.While):
            self.calls(node.test, node)
            self.bodies(node)
        elif isinstance(node, cst.With):
            for item in node.items:
                self.calls(item.item, node)
                if item.asname is not None:
                    self.bind(item.asname.name, self.taint(item.item), item.item, node)
            self.block(node.body)
        elif isinstance(node, cst.Match):
            self.forget(names_in(node.subject))
            self.bodies(node)
        else:
            self.bodies(node)

    def bodies(self, node: cst.CSTNode) -> None:
        """Every block inside a compound statement, one after the other."""
        for child in self.function.source.below(node):
            if isinstance(child, cst.BaseSuite):
                self.block(child)
            elif isinstance(
                child, cst.Else | cst.Finally | cst.ExceptHandler | cst.ExceptStarHandler | cst.MatchCase
            ):
                self.bodies(child)

    def small(self, node: cst.BaseSmallStatement, statement: cst.BaseStatement) -> None:
        self.calls(node, statement)
        if isinstance(node, cst.Return) and node.value is not None:
            self.note(cst.Call(cst.Name(RETURN), [cst.Arg(node.value)]), statement)
        elif isinstance(node, cst.Assign):
            for target in node.targets:
                self.bind(target.target, self.taint(node.value), node.value, statement)
        elif isinstance(node, cst.AnnAssign) and node.value is not None:
            self.bind(node.target, self.taint(node.value), node.value, statement)
        elif isinstance(node, cst.AugAssign):
            self.bind(node.target, self.taint(node.target) | self.taint(node.value), None, statement)
        elif isinstance(node, cst.Assert):
            self.forget(checked_names(node.test))
        elif isinstance(node, cst.Expr) and isinstance(node.value, cst.Call):
            is_check = self.function.calls_one_of(node.value, self.function.known.cleaning)
            self.forget(names_in(node.value) if is_check else checked_by_call(node.value))

    def branch(self, node: cst.If) -> None:
        """A check of an input cleans it in both branches, and after them when one of them leaves."""
        self.calls(node.test, node)
        before = dict(self.names)
        checked = checked_names(node.test)
        self.forget(checked)
        self.block(node.body)
        after_body = self.names
        self.names = dict(before)
        self.forget(checked)
        if isinstance(node.orelse, cst.If):
            self.branch(node.orelse)
        elif isinstance(node.orelse, cst.Else):
            self.block(node.orelse.body)
        ends = leaves(node.body)
        self.names = self.names if ends else _join(after_body, self.names)
        if not ends and node.orelse is None and not self.rebinds(node.body, checked):
            self.restore(checked, before)

    def rebinds(self, body: cst.BaseSuite, names: frozenset[str]) -> bool:
        return not names.isdisjoint(bound_names(self.function.source, body))

    def restore(self, checked: frozenset[str], before: Mapping[str, Binding]) -> None:
        """After `if check(x): …` that did not leave, x is what it was."""
        for name in checked & before.keys():
            self.names[name] = before[name]

    def calls(self, node: cst.CSTNode, statement: cst.BaseStatement) -> None:
        """Note every call inside an expression or simple statement, inner ones first."""
        if isinstance(node, cst.Lambda | cst.BaseSuite):
            return
        for child in self.function.source.below(node):
            self.calls(child, statement)
        if isinstance(node, cst.NamedExpr):
            self.bind(node.target, self.taint(node.value), node.value, statement)
        if isinstance(node, cst.Call):
            self.note(node, statement)
        elif isinstance(node, cst.Comparison) and len(node.comparisons) == 1:
            other = node.comparisons[0]
            if isinstance(other.operator, cst.Equal | cst.NotEqual):
                sides = [cst.Arg(node.left), cst.Arg(other.comparator)]
                self.note(cst.Call(cst.Name(EQUALS), sides), statement)

    def note(self, call: cst.Call, statement: cst.BaseStatement) -> None:
        """Keep a wanted call. Names are copied only then: a hostile function may have thousands of both."""
        if self.is_wanted(Site(self.function, call, statement, self.names)):
            self.sites.append(Site(self.function, call, statement, dict(self.names)))

    def taint(self, node: cst.BaseExpression) -> Taint:
        return taint_of(node, self.function, lambda name: self.names.get(name, UNBOUND).taint)

    def bind(
        self,
        target: cst.CSTNode,
        taint: Taint,
        value: cst.BaseExpression | None,
        statement: cst.BaseStatement,
    ) -> None:
        if taint:
            taint = taint.through(self.function.source.lines(statement))
        if isinstance(target, cst.Name):
            only = value if self.bound[target.value] == 1 else None
            self.names[target.value] = Binding(taint, only)
        elif isinstance(target, cst.Tuple | cst.List):
            for element in target.elements:
                self.bind(element.value, taint, None, statement)

    def forget(self, checked: frozenset[str]) -> None:
        """Drop the origins behind the names from every name."""
        gone: frozenset[Origin] = frozenset()
        for name in checked & self.names.keys():
            gone |= self.names[name].taint.origins
        if gone:
            self.names = {
                name: Binding(one.taint.without(gone), one.value) for name, one in self.names.items()
            }


def _join(left: Mapping[str, Binding], right: Mapping[str, Binding]) -> dict[str, Binding]:
    joined = dict(left)
    for name, one in right.items():
        other = joined.get(name, Binding())
        joined[name] = Binding(one.taint | other.taint, one.value or other.value)
    return joined


def bound_names(source: Source, node: cst.CSTNode) -> Iterator[str]:
    """Every name that a block binds, once for each time; nested functions left out."""
    if isinstance(node, cst.FunctionDef | cst.ClassDef | cst.Lambda):
        return
    if isinstance(node, cst.AssignTarget | cst.AnnAssign | cst.AugAssign | cst.For | cst.NamedExpr):
        yield from names_in(node.target)
    elif isinstance(node, cst.AsName):
        yield from names_in(node.name)
    for child in source.below(node):
        yield from bound_names(source, child)
