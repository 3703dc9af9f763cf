"""Untrusted content handed to a loader: directly, or as a file that the caller names."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import argument
from bot.review.rules.analysis.origins import Origin
from bot.review.rules.analysis.taint import Taint


@dataclass(frozen=True, eq=False)
class Content:
    """What reaches the loader."""

    taint: Taint
    is_file: bool  # the origin names a file that holds the content

    @property
    def origin(self) -> Origin:
        return self.taint.origin


def content(site: Site, node: cst.BaseExpression) -> Content | None:
    """What a loader reads from the expression, None when nobody outside controls it."""
    if taint := site.taint(node):
        return Content(taint, is_file=False)
    found = site.resolve(node)
    if (
        isinstance(found, cst.Call)
        and isinstance(found.func, cst.Attribute)
        and found.func.attr.value == "read"
    ):
        found = site.resolve(found.func.value)
    if not isinstance(found, cst.Call):
        return None
    first = argument(found, 0)
    if site.function.called(found) in {"open", "io.open"} and first is not None:
        taint = site.taint(first.value)
    elif isinstance(found.func, cst.Attribute) and found.func.attr.value in {
        "read_text",
        "read_bytes",
        "open",
    }:
        taint = site.taint(found.func.value)
    else:
        return None
    lines = site.function.source.lines(site.statement_of(found) or site.statement)
    is_named = taint and all(one.kind == "parameter" for one in taint.origins) and not taint.encodings
    return Content(taint.through(lines), is_file=True) if is_named else None
