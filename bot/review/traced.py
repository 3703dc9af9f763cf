"""Gives findings of others than the rules the way that their input takes, as the rules' engine sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import libcst as cst

from bot.records import Finding, FlowStep
from bot.review.rules.analysis.flow import EQUALS, RETURN, Site, trace
from bot.review.rules.analysis.names import Function, functions
from bot.review.rules.analysis.source import Unreadable, read_source
from bot.review.rules.analysis.taint import CLEAN, Taint
from bot.review.rules.analysis.way import way


def traced(finding: Finding, tree: Path) -> Finding:
    """The finding with the way of the input that reaches its lines within their function.

    As it is where no way is seen, and where the file cannot be read as Python.
    """
    try:
        return replace(finding, flow=_flow(finding, tree))
    except (Unreadable, RecursionError):
        return finding


def _flow(finding: Finding, tree: Path) -> tuple[FlowStep, ...]:
    lines = frozenset(range(finding.start_line, finding.end_line + 1))
    around = [one for one in functions(read_source(tree, finding.path)) if lines & frozenset(one.lines)]
    for function in reversed(around):  # the innermost first
        if flow := _within(function, lines):
            return flow
    return ()


def _within(function: Function, lines: frozenset[int]) -> tuple[FlowStep, ...]:
    """To the last call on the lines that input reaches, else to the first one after them that it reaches."""
    sites = trace(function, partial(_concerns, lines), private=True)
    here = [one for one in sites if lines & frozenset(one.lines)]
    calls = [one for one in here if one.called not in {RETURN, EQUALS}]
    chosen = calls[-1:] or here[-1:] or sites[:1]
    if not chosen:
        return ()
    taint = _reaching(chosen[0])
    return way(function, taint.origin, taint.lines, chosen[0].statement)


def _concerns(lines: frozenset[int], site: Site) -> bool:
    taint = _reaching(site)
    return bool(taint) and not lines.isdisjoint(taint.lines | frozenset(site.lines))


def _reaching(site: Site) -> Taint:
    """What reaches a call: by an argument, or by what its method is called on."""
    taint = CLEAN
    for value in _given(site.call):
        taint |= site.taint(value)
    return taint


def _given(call: cst.Call) -> Iterator[cst.BaseExpression]:
    yield from (one.value for one in call.args)
    if isinstance(call.func, cst.Attribute):
        yield call.func.value
