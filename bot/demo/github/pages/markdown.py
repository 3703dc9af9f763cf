"""Markdown as comments carry it: no HTML but `<details>`, markers hidden, suggestions as a diff."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from bot.demo.github.pages.code import changed_words, highlight_named

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ALLOWED = re.compile(r"&lt;(/?(?:details|summary|sub|sup|kbd)|br)&gt;", re.IGNORECASE)
_NODE = re.compile(r' *n\d+[\[(]+"([^"]*)"[\])]+')
_ARROW = re.compile(r" *n\d+ -(?:->|\. ([\w ]+) \.->) n\d+")
_NUMBER = re.compile(r"#(\d{1,6});")
_DETAILS = re.compile(r"</?details>")


@dataclass(frozen=True)
class Place:
    """The lines of the file that a suggestion would replace, and the number of the first."""

    lines: tuple[str, ...] = ()
    first: int = 1


def render(text: str, place: Place | None = None) -> Markup:
    """Safe HTML of a body. `place` is what a suggestion block in it stands against."""
    return Markup(_balanced(_parser().render(text, {"place": place or Place()})))  # noqa: S704 - made of escaped parts


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).disable("image")
    parser.add_render_rule("html_block", _raw)
    parser.add_render_rule("html_inline", _raw)
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", _table_close)
    return parser


def _raw(_: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    """HTML in a body: a few harmless tags pass, comments vanish, everything else is text."""
    text = html.escape(_COMMENT.sub("", tokens[index].content))
    return _ALLOWED.sub(lambda tag: f"<{tag[1].lower()}>", text)


def _fence(_: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    language = token.info.strip().partition(" ")[0]
    if language == "suggestion":
        return _suggestion(token.content, env["place"])
    drawn = _flowchart(token.content) if language == "mermaid" else ""
    return drawn or f'<pre tabindex="0"><code>{highlight_named(language, token.content)}</code></pre>\n'


def _flowchart(content: str) -> str:
    """A chain of labelled boxes, drawn without Mermaid; empty for any other diagram."""
    kind, *rows = content.splitlines() or [""]
    labels = [node[1] for row in rows if (node := _NODE.fullmatch(row))]
    arrows = [arrow[1] or "" for row in rows if (arrow := _ARROW.fullmatch(row))]
    whole = len(rows) == len(labels) + len(arrows) and len(labels) == len(arrows) + 1
    if not (kind.startswith("flowchart ") and whole):
        return ""
    notes = ["", *(f'<span class="quiet">{html.escape(one)}</span>' for one in arrows)]
    boxes = [
        f"<li>{note}<span>{'<br>'.join(map(_signs, label.split('<br>')))}</span></li>"
        for note, label in zip(notes, labels, strict=True)
    ]
    return f'<ol class="flow">{"".join(boxes)}</ol>\n'


def _signs(label: str) -> str:
    return html.escape(_NUMBER.sub(lambda number: chr(int(number[1])), label))


def _table_open(*_: object) -> str:
    return '<div class="scroll"><table>\n'


def _table_close(*_: object) -> str:
    return "</table></div>\n"


def _suggestion(content: str, place: Place) -> str:
    """The lines as they are and as they would be, with the differing part of paired lines marked."""
    new = content.splitlines()
    pairs = list(zip(place.lines, new, strict=False)) if len(place.lines) == len(new) else []
    marked = [changed_words(before, after) for before, after in pairs]
    old_html = [one[0] for one in marked] or [html.escape(line) for line in place.lines]
    new_html = [one[1] for one in marked] or [html.escape(line) for line in new]
    rows = [_row("deleted", "−", place.first + at, line) for at, line in enumerate(old_html)]
    rows += [_row("added", "+", place.first + at, line) for at, line in enumerate(new_html)]
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Line", "Sign", "Code"))
    return (
        '<figure class="suggestion"><figcaption>Suggested change</figcaption>'
        f'<table class="diff"><thead class="unseen"><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></figure>\n"
    )


def _row(kind: str, sign: str, number: int, line: str) -> str:
    return (
        f'<tr class="{kind}"><td class="number">{number}</td><td class="sign">{sign}</td>'
        f'<td class="code">{line}</td></tr>'
    )


def _balanced(text: str) -> str:
    """Every `<details>` closed once, so that a body cannot reach out of its frame."""
    depth = 0

    def keep(tag: re.Match[str]) -> str:
        nonlocal depth
        if tag[0] == "</details>":
            if depth == 0:
                return ""
            depth -= 1
        else:
            depth += 1
        return tag[0]

    return _DETAILS.sub(keep, text) + "</details>" * depth
