"""Gives findings of others than the rules the way that their input takes, as the rules' engine sees it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import libcst as cst

from bot.records import Finding
from bot.review.rules.analysis.flow import EQUALS, RETURN, Site, trace
from bot.review.rules.analysis.names import Function, functions
from bot.review.rules.analysis.source import Unreadable, read_source
from bot.review.rules.analysis.taint import CLEAN, Taint
from bot.review.rules.analysis.way import way


def traced(finding: Finding, tree: Path) -> Finding:
    """The finding with the way of the input that reaches its lines within their function.

    As it is where no way is seen, and where the file cannot be read as Python.
    """
    site = reached(finding, tree)
    if site is None:
        return finding
    taint = reaching(site)
    return replace(finding, flow=way(site.function, taint.origin, taint.lines, site.statement))


def reached(finding: Finding, tree: Path) -> Site | None:
    """The last call on the finding's lines that input reaches, else the first one after them that it reaches.

    None where there is no such call, and where the file cannot be read as Python.
    """
    lines = frozenset(range(finding.start_line, finding.end_line + 1))
    try:
        around = [one for one in functions(read_source(tree, finding.path)) if lines & frozenset(one.lines)]
        found = (_within(function, lines) for function in reversed(around))  # the innermost first
        return next((site for site in found if site), None)
    except (Unreadable, RecursionError):
        return None


def _within(function: Function, lines: frozenset[int]) -> Site | None:
    sites = trace(function, partial(_concerns, lines), private=True)
    here = [one for one in sites if lines & frozenset(one.lines)]
    calls = [one for one in here if one.called not in {RETURN, EQUALS}]
    return next(iter(calls[-1:] or here[-1:] or sites[:1]), None)


def _concerns(lines: frozenset[int], site: Site) -> bool:
    taint = reaching(site)
    return bool(taint) and not lines.isdisjoint(taint.lines | frozenset(site.lines))


def reaching(site: Site) -> Taint:
    """What reaches a call: by an argument, or by what its method is called on."""
    taint = CLEAN
    for value in _given(site.call).values():
        taint |= site.taint(value)
    return taint


def slots(site: Site) -> frozenset[str]:
    """Where input gets into a call: numbers and names of arguments, "self" for what it is called on."""
    return frozenset(name for name, value in _given(site.call).items() if site.taint(value))


def _given(call: cst.Call) -> dict[str, cst.BaseExpression]:
    given = {
        one.keyword.value if one.keyword else str(place): one.value for place, one in enumerate(call.args)
    }
    return given | ({"self": call.func.value} if isinstance(call.func, cst.Attribute) else {})
