"""Source code as coloured HTML, line by line."""

from __future__ import annotations

import html
import os.path

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
from pygments.lexers.special import TextLexer
from pygments.util import ClassNotFound

_MOST = 200_000  # characters that are coloured; longer texts stay plain


def highlight_lines(path: str, content: bytes | None) -> list[Markup]:
    """The file's lines as HTML, coloured by the kind of file its name tells. None has no lines."""
    text = (content or b"").decode(errors="replace")
    try:
        lexer = get_lexer_for_filename(os.path.basename(path), stripnl=False)  # noqa: PTH119 - not a path of this machine
    except ClassNotFound:
        lexer = TextLexer(stripnl=False)
    return [Markup(line) for line in _coloured(lexer, text).split("\n")]  # noqa: S704 - pygments escaped it


def highlight_named(language: str, text: str) -> str:
    """HTML of a fenced block; plain where the language is not known."""
    try:
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return html.escape(text)
    return _coloured(lexer, text)


def _coloured(lexer: Lexer, text: str) -> str:
    if len(text) > _MOST:
        return html.escape(text)
    made: str = highlight(text.replace("\r", "␍"), lexer, HtmlFormatter(nowrap=True))
    return made


def changed_middle(before: str, after: str) -> tuple[str, str]:
    """Two lines as HTML, with what lies between their common beginning and end marked."""
    start = _shared(before, after)
    end = _shared(before[start:][::-1], after[start:][::-1])
    return _marked(before, start, end), _marked(after, start, end)


def _shared(one: str, other: str) -> int:
    """How many characters both begin with."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _marked(line: str, start: int, end: int) -> str:
    stop = len(line) - end
    head, middle, tail = (html.escape(part) for part in (line[:start], line[start:stop], line[stop:]))
    return f"{head}<mark>{middle}</mark>{tail}" if middle else head + tail
