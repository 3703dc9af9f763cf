"""Turns replacements at exact places of a file into the smallest whole-line edits."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import libcst as cst

from bot.records import Edit, Fix
from bot.review.rules.analysis.source import Source, Span


class CannotWrite(Exception):
    """There is no sound fix or test of this shape; the message is the reason, for people."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Replacements (place, new text) that do not overlap, imports the new code needs, and what it does."""

    replacements: tuple[tuple[Span, str], ...]
    strategy: str
    imports: tuple[str, ...] = ()  # "import shlex", "from flask import abort"


def render(source: Source, rewrite: Rewrite) -> Fix:
    """The fix as edits whose `old` stands exactly once in the file; all other bytes stay as they are."""
    replacements = [*rewrite.replacements]
    for statement in rewrite.imports:
        replacements += import_replacements(source, statement)
    groups = _groups(source, replacements)
    for _ in range(len(groups)):
        edits = [_edit(source, lines, inside) for lines, inside in groups]
        if _applies(source, edits):
            return Fix(tuple(edits), rewrite.strategy)
        groups = _merge_first(groups)
    raise CannotWrite("The lines to change cannot be told apart from the rest of the file.")


Group = tuple[range, list[tuple[Span, str]]]


def _groups(source: Source, replacements: Iterable[tuple[Span, str]]) -> list[Group]:
    """Replacements by the lines they touch, top to bottom; those on touching lines together."""
    groups: list[Group] = []
    for span, new in sorted(replacements, key=lambda one: (one[0].start, one[0].end)):
        lines = range(source.line(span.start), source.line(max(span.start, span.end - 1)) + 1)
        if groups and lines.start <= groups[-1][0].stop:
            last, inside = groups[-1]
            groups[-1] = (range(last.start, max(last.stop, lines.stop)), [*inside, (span, new)])
        else:
            groups.append((lines, [(span, new)]))
    return groups


def _merge_first(groups: list[Group]) -> list[Group]:
    if len(groups) < 2:
        return groups
    (first, inside), (second, more), *rest = groups
    return [(range(first.start, second.stop), [*inside, *more]), *rest]


def _edit(source: Source, lines: range, replacements: list[tuple[Span, str]]) -> Edit:
    """One edit, widened by whole lines until its `old` is unique."""
    text = source.data
    lines = _trimmed(source, lines)
    while text.count(_whole(source, lines)) != 1:
        wider = range(max(1, lines.start - 1), min(len(source.starts) + 1, lines.stop + 1))
        if wider == lines:
            break
        lines = wider
    start = source.starts[lines.start - 1]
    old = _whole(source, lines)
    new = bytearray(old)
    for span, put in reversed(replacements):
        new[span.start - start : span.end - start] = put.encode()
    return Edit(source.path, old.decode(), new.decode())


def _trimmed(source: Source, lines: range) -> range:
    return range(lines.start, min(lines.stop, len(source.starts) + 1))


def _whole(source: Source, lines: range) -> bytes:
    end = source.starts[lines.stop - 1] if lines.stop - 1 < len(source.starts) else len(source.data)
    return source.data[source.starts[lines.start - 1] : end]


def _applies(source: Source, edits: Iterable[Edit]) -> bool:
    text = source.data.decode()
    for edit in edits:
        if text.count(edit.old) != 1:
            return False
        text = text.replace(edit.old, edit.new)
    return True


def indentation(source: Source, offset: int) -> str:
    """The white space at the start of the line that holds the byte at `offset`."""
    row = source.text_of(range(source.line(offset), source.line(offset) + 1))
    return row[: len(row) - len(row.lstrip())]


def before_statement(source: Source, statement: cst.CSTNode, rows: Iterable[str]) -> tuple[Span, str]:
    """A replacement that puts new lines, indented like it, in front of a statement."""
    start = source.spans[statement].start
    line_start = source.starts[source.line(start) - 1]
    indent = indentation(source, start)
    if source.data[line_start:start].strip():
        raise CannotWrite("The statement shares its line with another one.")
    text = "".join(f"{indent}{row}{source.newline}" if row else source.newline for row in rows)
    return Span(line_start, line_start), text


def before_function(source: Source, function: cst.FunctionDef, rows: Iterable[str]) -> tuple[Span, str]:
    """A replacement that puts top-level lines above the top-level definition that a function belongs to."""
    top: cst.CSTNode = function
    for above in source.above(function):
        if isinstance(above, cst.FunctionDef | cst.ClassDef):
            top = above
        elif not isinstance(above, cst.BaseSuite | cst.Module):
            raise CannotWrite("The function stands inside another statement.")
    decorators = getattr(top, "decorators", ())
    line = source.line(source.spans[decorators[0] if decorators else top].start)
    while line > 1 and source.text_of(range(line - 1, line)).startswith("#"):
        line -= 1
    start = source.starts[line - 1]
    return Span(start, start), "".join(f"{row}{source.newline}" for row in rows)


def after_statement(source: Source, statement: cst.CSTNode, rows: Iterable[str]) -> tuple[Span, str]:
    """A replacement that puts new lines, indented like it, behind a simple statement."""
    indent = indentation(source, source.spans[statement].start)
    last = source.lines(statement)[-1]
    if last >= len(source.starts):
        end = len(source.data)
        lead = "" if source.data.endswith(b"\n") else source.newline
        text = lead + source.newline.join(f"{indent}{row}" for row in rows) + source.newline
    else:
        end = source.starts[last]
        text = "".join(f"{indent}{row}{source.newline}" for row in rows)
    return Span(end, end), text


def import_replacements(source: Source, statement: str) -> list[tuple[Span, str]]:
    """Where and how to add an import, in the order the file keeps; nothing when the name is there already."""
    match = re.fullmatch(r"(?:from (\S+) )?import (\w+)", statement)
    if match is None:
        raise CannotWrite(f"{statement!r} is not an import this can add.")
    home, name = match.groups()
    tops = [(one, _top_import(one)) for one in source.module.body]
    imports = [(one, small) for one, small in tops if small is not None]
    for _, small in imports:
        code = source.code(small)
        if re.search(rf"^import (?:[\w., ]*, *)?{name}\s*(?:,|$)", code) and home is None:
            return []
        if home and code.startswith(f"from {home} import "):
            return [] if re.search(rf"\b{name}\b", code) else [_joined(source, small, name)]
    return [_placed(source, imports, statement)]


Imports = Sequence[tuple[cst.BaseStatement, cst.Import | cst.ImportFrom]]


def _placed(source: Source, imports: Imports, statement: str) -> tuple[Span, str]:
    """The new line among its like: the standard library's imports, or the others."""
    is_own = _is_standard(statement)
    known = [(one, source.code(small)) for one, small in imports]
    old = [(one, code) for one, code in known if not code.startswith("from __future__")]
    like = [(one, code) for one, code in old if _is_standard(code) == is_own]
    following = next((one for one, code in like if _rows(code) > _rows(statement)), None)
    if following is not None:
        return before_statement(source, following, [statement])
    if like:
        return after_statement(source, like[-1][0], [statement])
    if old and is_own:
        return before_statement(source, old[0][0], [statement, ""])
    if known:
        return after_statement(source, known[-1][0], ["", statement])
    return _first_import(source, statement)


def _is_standard(code: str) -> bool:
    return code.split()[1].partition(".")[0] in sys.stdlib_module_names


def _rows(code: str) -> tuple[bool, str]:
    """Plain imports come before `from …`, each by name."""
    return code.startswith("from "), code.lower()


def _top_import(node: cst.CSTNode) -> cst.Import | cst.ImportFrom | None:
    if isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1:
        small = node.body[0]
        if isinstance(small, cst.Import | cst.ImportFrom):
            return small
    return None


def _joined(source: Source, small: cst.Import | cst.ImportFrom, name: str) -> tuple[Span, str]:
    """The name added to a `from … import …` that is there, in its place by the alphabet where it has one."""
    aliases = [] if isinstance(small.names, cst.ImportStar) else list(small.names)
    if not aliases:
        raise CannotWrite("The file imports everything from the module.")
    for alias in aliases:
        span = source.spans[alias]
        if _rank(source.code(alias.name)) > _rank(name):
            return Span(span.start, span.start), f"{name}, "
    end = source.spans[aliases[-1].asname or aliases[-1].name].end
    return Span(end, end), f", {name}"


def _rank(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest, as import sorters order them."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2), name.lower()


def _first_import(source: Source, statement: str) -> tuple[Span, str]:
    """For a file without imports: below the docstring, above the first statement."""
    body = [one for one in source.module.body if not _is_docstring(one)]
    if not body:
        raise CannotWrite("The file has no statement to put an import above.")
    return before_statement(source, body[0], [statement, "", ""])


def _is_docstring(node: cst.CSTNode) -> bool:
    return (
        isinstance(node, cst.SimpleStatementLine)
        and isinstance(node.body[0], cst.Expr)
        and isinstance(node.body[0].value, cst.SimpleString | cst.ConcatenatedString)
    )
