"""Source code as coloured HTML, line by line."""

from __future__ import annotations

import difflib
import html
import os.path
import re

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


def changed_words(before: str, after: str) -> tuple[str, str]:
    """Two lines as HTML, with the words marked in which they differ."""
    old, new = (re.findall(r"\w+|\s+|[^\w\s]", line) for line in (before, after))
    steps = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return (
        "".join(_marked(old[start:stop], kind) for kind, start, stop, _, _ in steps),
        "".join(_marked(new[start:stop], kind) for kind, _, _, start, stop in steps),
    )


def _marked(words: list[str], kind: str) -> str:
    text = html.escape("".join(words))
    return f"<mark>{text}</mark>" if text and kind != "equal" else text
