"""A command line put together from text and values, taken apart into the words a shell would make of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.review.rules.analysis.source import Source
from bot.review.rules.analysis.template import Hole, Template, Text
from bot.review.rules.writing.rewrite import CannotWrite

OPERATORS = re.compile(r"[|&;<>$`*?~(){}\[\]!#\n\\]")


@dataclass(frozen=True, eq=False)
class Word:
    """One argument: literal text and values, side by side."""

    pieces: tuple[str | Hole, ...]

    @property
    def holes(self) -> tuple[Hole, ...]:
        return tuple(piece for piece in self.pieces if isinstance(piece, Hole))


def words(template: Template) -> tuple[Word, ...]:
    """The arguments of a command without shell operators.

    Raises CannotWrite where only a shell can run it.
    """
    done: list[Word] = []
    pieces: list[str | Hole] = []
    quote = ""
    started = False
    for part in template.parts:
        if isinstance(part, Hole):
            pieces.append(part)
            started = True
            continue
        for sign in _text(template, part):
            if sign == quote:
                quote = ""
            elif not quote and sign in "'\"":
                quote, started = sign, True
            elif not quote and sign.isspace() and sign != "\n":
                if started:
                    done.append(Word(tuple(pieces)))
                pieces, started = [], False
            elif (sign in "$`\\" and quote != "'") or (not quote and OPERATORS.match(sign)):
                raise CannotWrite(
                    "The command needs a shell: it uses pipes, redirections, patterns or variables."
                )
            else:
                pieces.append(sign)
                started = True
    if quote:
        raise CannotWrite("The command's quotes do not match.")
    return tuple([*done, Word(tuple(pieces))] if started else done)


def _text(template: Template, part: Text) -> str:
    raw = part.raw
    if template.style == "percent":
        raw = raw.replace("%%", "%")
    if template.style in {"f-string", "format"}:
        raw = raw.replace("{{", "{").replace("}}", "}")
    return re.sub(r"\\(['\"])", r"\1", raw)


def list_code(source: Source, template: Template, is_text: Callable[[Hole], bool]) -> str:
    """Code of the argument list that runs the same program with each value as one argument."""
    found = words(template)
    if not found or found[0].holes:
        raise CannotWrite("The program itself comes from a value.")
    return f"[{', '.join(_word_code(source, word, is_text) for word in found)}]"


def _word_code(source: Source, word: Word, is_text: Callable[[Hole], bool]) -> str:
    if any(not hole.plain for hole in word.holes):
        raise CannotWrite("A value is formatted on its way into the command.")
    if len(word.pieces) == 1 and word.holes:
        code = source.code(word.holes[0].value)
        return code if is_text(word.holes[0]) else f"str({code})"
    text = ""
    for piece in word.pieces:
        if isinstance(piece, Hole):
            text += f"{{{source.code(piece.value)}}}"
        else:
            text += piece.replace("{", "{{").replace("}", "}}") if word.holes else piece
    quote = '"' if '"' not in text else "'"
    if quote in text:
        raise CannotWrite("A word of the command is too intricate to rewrite.")
    return f"{'f' if word.holes else ''}{quote}{text}{quote}"


def program(template: Template) -> str:
    """The program's name, "" when it does not stand in the text."""
    first = template.parts[0] if template.parts else None
    match = re.match(r"\s*([\w./+-]+)\s", first.raw) if isinstance(first, Text) else None
    return match[1] if match else ""
