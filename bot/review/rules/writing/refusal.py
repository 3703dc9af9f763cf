"""How a function says no to an input: as its framework does, else by ValueError."""

from __future__ import annotations

import libcst as cst

from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import Function
from bot.review.rules.analysis.origins import flask_rule
from bot.review.rules.analysis.source import Span
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite, before_statement


def refuse(function: Function, status: int, reason: str) -> tuple[str, tuple[str, ...]]:
    """The line that refuses an input, and the imports it needs."""
    if flask_rule(function) is not None:
        local = next((name for name, home in function.imports.items() if home == "flask.abort"), "")
        return f"{local or 'abort'}({status})", () if local else ("from flask import abort",)
    fast = next((name for name, home in function.imports.items() if home == "fastapi.HTTPException"), "")
    if fast:
        return f"raise {fast}(status_code={status})", ()
    return f'raise ValueError("{reason}")', ()


def free_name(site: Site, *wanted: str) -> str:
    """The first of the names that the function does not use. Raises CannotWrite when it uses all."""
    taken = {*site.names, *site.function.imports, *(one.name.value for one in site.function.parameters)}
    free = next((one for one in wanted if one not in taken), None)
    if free is None:
        raise CannotWrite("There is no free name for the value.")
    return free


def guarded(
    site: Site,
    node: cst.BaseExpression,
    names: tuple[str, ...],
    pattern: str,
    reason: str,
) -> Rewrite:
    """A check, before the statement, that the whole value matches the pattern; else the input is refused.

    A value that has no name yet gets the first free one of `names`.
    """
    source = site.function.source
    refusal, imports = refuse(site.function, 400, reason)
    rows: list[str] = []
    replacements: list[tuple[Span, str]] = []
    if isinstance(node, cst.Name):
        name = node.value
    elif site.statement_of(node) is site.statement:
        name = free_name(site, *names)
        rows.append(f"{name} = {source.code(node)}")
        replacements.append((source.outer_span(node), name))
    else:
        raise CannotWrite("The value is put together in a place where no check fits.")
    rows += [f'if not re.fullmatch(r"{pattern}", {name}):', f"    {refusal}"]
    replacements.append(before_statement(source, site.statement, rows))
    imports = imports if site.function.imports.get("re") == "re" else (*imports, "import re")
    return Rewrite(tuple(replacements), reason, imports)
