"""Strings put together from text and values: f-strings, `%`, `.format()` and `+`, seen as one sequence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal as Choice

import libcst as cst

from bot.review.rules.analysis.names import string_value
from bot.review.rules.analysis.source import Source, Span

Style = Choice["plain", "f-string", "percent", "format", "plus"]


@dataclass(frozen=True, slots=True)
class Text:
    """Literal text."""

    raw: str  # as it stands in the source, escapes kept


@dataclass(frozen=True, eq=False)
class Hole:
    """The place of a value."""

    value: cst.BaseExpression
    raw: str  # how the string names it: "{name}", "%s"
    plain: bool  # no conversion and no format


@dataclass(frozen=True, eq=False)
class Token:
    """One string literal of the source, or a whole `+` chain of them."""

    span: Span
    prefix: str
    quote: str
    parts: tuple[Text | Hole, ...]

    @property
    def code(self) -> str:
        inner = "".join(part.raw for part in self.parts)
        return f"{self.prefix}{self.quote}{inner}{self.quote}"


@dataclass(frozen=True, eq=False)
class Template:
    """`tokens` in order; `tail` is what has to go when the holes are gone (` % (name,)`, `.format(name)`)."""

    style: Style
    node: cst.BaseExpression
    tokens: tuple[Token, ...]
    tail: Span | None = None

    @property
    def parts(self) -> tuple[Text | Hole, ...]:
        return tuple(part for token in self.tokens for part in token.parts)

    @property
    def holes(self) -> tuple[Hole, ...]:
        return tuple(part for part in self.parts if isinstance(part, Hole))

    def text(self, hole: str = "\0") -> str:
        """The text with `hole` for each value and simple escapes undone."""
        pieces = []
        for part in self.parts:
            if isinstance(part, Hole):
                pieces.append(hole)
            else:
                raw = part.raw.replace("%%", "%") if self.style == "percent" else part.raw
                if self.style in {"f-string", "format"}:
                    raw = raw.replace("{{", "{").replace("}}", "}")
                pieces.append(re.sub(r"\\(['\"\\])", r"\1", raw.replace("\\n", "\n").replace("\\\n", "")))
        return "".join(pieces)


def read_template(source: Source, node: cst.BaseExpression) -> Template | None:
    """The template that an expression is, or None when it is something else or too clever."""
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Modulo):
        return _percent(source, node)
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
        return _plus(source, node)
    if isinstance(node, cst.Call):
        return _format(source, node)
    tokens = _literals(source, node)
    if tokens is None:
        return None
    style: Style = (
        "f-string" if any(isinstance(part, Hole) for one in tokens for part in one.parts) else "plain"
    )
    return Template(style, node, tokens)


def _literals(source: Source, node: cst.BaseExpression) -> tuple[Token, ...] | None:
    if isinstance(node, cst.ConcatenatedString):
        left, right = _literals(source, node.left), _literals(source, node.right)
        return (*left, *right) if left is not None and right is not None else None
    span = source.spans[node] if isinstance(node, cst.SimpleString | cst.FormattedString) else None
    if span is None:
        return None
    if isinstance(node, cst.SimpleString):
        if "b" in node.prefix.lower():
            return None
        return (Token(span, node.prefix, node.quote, (Text(node.raw_value),) if node.raw_value else ()),)
    if isinstance(node, cst.FormattedString):
        quote = node.end
        return (Token(span, node.start.removesuffix(quote), quote, tuple(_f_parts(source, node))),)
    return None


def _f_parts(source: Source, node: cst.FormattedString) -> Iterator[Text | Hole]:
    for part in node.parts:
        if isinstance(part, cst.FormattedStringText):
            yield Text(part.value)
        elif isinstance(part, cst.FormattedStringExpression):
            plain = part.conversion is None and not part.format_spec and part.equal is None
            yield Hole(part.expression, source.code(part), plain)


def _percent(source: Source, node: cst.BinaryOperation) -> Template | None:
    tokens = _literals(source, node.left)
    if tokens is None or isinstance(node.right, cst.Dict):
        return None
    given = (
        [one.value for one in node.right.elements if isinstance(one, cst.Element)]
        if isinstance(node.right, cst.Tuple)
        else [node.right]
    )
    filled = _fill(tokens, given, r"%%|%[sdi]")
    tail = Span(source.outer_span(node.left).end, source.spans[node].end)
    return Template("percent", node, filled, tail) if filled else None


def _format(source: Source, node: cst.Call) -> Template | None:
    if not isinstance(node.func, cst.Attribute) or node.func.attr.value != "format":
        return None
    tokens = _literals(source, node.func.value)
    if tokens is None or any(arg.star for arg in node.args):
        return None
    named = {arg.keyword.value: arg.value for arg in node.args if arg.keyword}
    listed = [arg.value for arg in node.args if not arg.keyword]
    given: list[cst.BaseExpression] = []
    for token in tokens:
        for field in re.findall(r"\{\{|\}\}|\{[^{}]*\}", token.code):
            if field in {"{{", "}}"}:
                continue
            name = field[1:-1] or str(len(given))
            value = listed[int(name)] if name.isdecimal() and int(name) < len(listed) else named.get(name)
            if value is None:
                return None
            given.append(value)
    filled = _fill(tokens, given, r"\{\{|\}\}|\{\w*\}")
    tail = Span(source.outer_span(node.func.value).end, source.spans[node].end)
    return Template("format", node, filled, tail) if filled else None


def _fill(
    tokens: tuple[Token, ...], given: list[cst.BaseExpression], fields: str
) -> tuple[Token, ...] | None:
    """The tokens with the fields in their text as holes for the given values.

    None when the numbers differ.
    """
    values = iter(given)
    filled = []
    try:
        for token in tokens:
            if any(isinstance(part, Hole) for part in token.parts):
                return None
            filled.append(Token(token.span, token.prefix, token.quote, tuple(_split(token, fields, values))))
    except LookupError:
        return None
    return tuple(filled) if next(values, None) is None else None


def _split(token: Token, fields: str, values: Iterator[cst.BaseExpression]) -> Iterator[Text | Hole]:
    text = ""
    for piece in re.split(f"({fields})", "".join(part.raw for part in token.parts)):
        if not re.fullmatch(fields, piece) or piece in {"%%", "{{", "}}"}:
            text += piece
            continue
        value = next(values, None)
        if value is None:
            raise LookupError(piece)
        if text:
            yield Text(text)
            text = ""
        yield Hole(value, piece, plain=True)
    if text:
        yield Text(text)


def _plus(source: Source, node: cst.BinaryOperation) -> Template | None:
    operands = list(_operands(node))
    parts: list[Text | Hole] = []
    shapes: set[tuple[str, str]] = set()
    for operand in operands:
        if isinstance(operand, cst.SimpleString) and string_value(operand) is not None:
            shapes.add((operand.prefix, operand.quote))
            parts.append(Text(operand.raw_value))
        elif isinstance(operand, cst.FormattedString | cst.ConcatenatedString):
            return None
        else:
            parts.append(Hole(operand, source.code(operand), plain=True))
    if len(shapes) != 1:
        return None
    prefix, quote = shapes.pop()
    return Template("plus", node, (Token(source.spans[node], prefix, quote, tuple(parts)),))


def _operands(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
        yield from _operands(node.left)
        yield node.right
    else:
        yield node
