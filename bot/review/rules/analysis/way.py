"""The way of one untrusted input through a function, statement by statement, for people to see it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from bot.records import FlowStep
from bot.review.rules.analysis.flow import bound_names
from bot.review.rules.analysis.guards import names_in
from bot.review.rules.analysis.names import Function
from bot.review.rules.analysis.origins import Origin, request_origin
from bot.review.rules.analysis.source import Source

MOST_STEPS = 5
LONGEST_CODE = 160  # characters
INSIDE = cst.BaseSuite | cst.Else | cst.Finally | cst.ExceptHandler | cst.ExceptStarHandler | cst.MatchCase


def way(
    function: Function, origin: Origin, lines: frozenset[int], sink: cst.BaseStatement
) -> tuple[FlowStep, ...]:
    """From where the input gets in to the statement where it does harm, over statements on these lines.

    Over any statements, when no lines are given. At most five steps, of a longer way the first and the last
    ones. Empty where the text does not show how the one leads to the other, and where both are one line.
    """
    source = function.source
    is_given = origin.kind in {"parameter", "route"}
    live = {origin.name} if is_given else set()
    passed: list[_Passed] = []
    for statement in _statements(source, function.node.body):
        at = source.lines(statement)
        if statement is not sink and lines and lines.isdisjoint(at):
            continue
        head = tuple(_head(source, statement))
        named = frozenset(name for one in head for name in names_in(one))
        if not live.isdisjoint(named) or any(_reads(function, origin, one) for one in head):
            bound = frozenset(name for one in head for name in bound_names(source, one))
            bound |= names_in(statement.target) if isinstance(statement, cst.For) else frozenset()
            live |= bound
            passed.append(_Passed(at, named, bound))
        elif statement is sink:
            return ()
        if statement is sink:
            break
    else:
        return ()
    entry = [_entry(function, origin)] if is_given else []
    return _shortened([*entry, *(_step(source, at) for at in _needed(passed))])


@dataclass(frozen=True, slots=True)
class _Passed:
    """A statement that the input passes through: its lines, the names in it, and those it binds."""

    lines: range
    named: frozenset[str]
    bound: frozenset[str]


def _needed(passed: list[_Passed]) -> list[range]:
    """The lines of the last statement, and of those that bind what is named on the way to it."""
    *before, last = passed
    wanted, kept = set(last.named), [last.lines]
    for one in reversed(before):
        if not wanted.isdisjoint(one.bound):
            wanted |= one.named
            kept.insert(0, one.lines)
    return kept


def _entry(function: Function, origin: Origin) -> FlowStep:
    """The line of the parameter."""
    source = function.source
    given = next((one for one in function.parameters if one.name.value == origin.name), function.node)
    line = source.line(source.spans[given].start)
    return _step(source, range(line, line + 1))


def _step(source: Source, lines: range) -> FlowStep:
    code = " ".join(source.text_of(lines).split())
    return FlowStep(source.path, lines.start, code[:LONGEST_CODE])


def _statements(source: Source, node: cst.CSTNode) -> Iterator[cst.BaseStatement]:
    """The statements of a block and of the blocks in it, in the text's order; not of nested functions."""
    for child in source.below(node):
        if isinstance(child, cst.BaseStatement):
            yield child
        if isinstance(child, INSIDE) or (
            isinstance(child, cst.BaseCompoundStatement)
            and not isinstance(child, cst.FunctionDef | cst.ClassDef)
        ):
            yield from _statements(source, child)


def _head(source: Source, statement: cst.BaseStatement) -> Iterator[cst.CSTNode]:
    """The statement's own parts, without the blocks in it."""
    for child in source.below(statement):
        if not isinstance(child, INSIDE | cst.BaseStatement):
            yield child


def _reads(function: Function, origin: Origin, node: cst.CSTNode) -> bool:
    """Whether the code reads an input of this kind itself, such as the request's form."""
    if isinstance(node, cst.BaseExpression):
        found = request_origin(function, node)
        if found is not None and found.kind == origin.kind:
            return True
    return any(_reads(function, origin, one) for one in function.source.below(node))


def _shortened(steps: list[FlowStep]) -> tuple[FlowStep, ...]:
    merged = [one for place, one in enumerate(steps) if not place or one.line != steps[place - 1].line]
    if len(merged) < 2:
        return ()
    return (merged[0], *merged[1:][-(MOST_STEPS - 1) :])
