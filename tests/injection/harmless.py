"""What would act in a body on GitHub: mentions, references, links, images, HTML and markers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

# Beside the first line's marker, the only HTML that the program writes.
_OWN_HTML = re.compile(r"(</?details>|<summary>[^<>&@]*</summary>|\s)*")
_MARKER = re.compile(r"<!-- suture:v1 (fp=[0-9a-f]{16} )?head=[0-9a-f]{40}( set=[0-9a-f]{12})? -->\n")
_ACTIVE = re.compile(
    r"@[A-Za-z0-9]|#\d|\bGH-\d|https?://|\bwww\.|mailto:|\[skip ci\]|[\u200e\u202a-\u202e\u2066-\u2069]"
)


def acting_in(body: str, own: str) -> list[str]:
    """Everything in a Markdown body that would do something; links to addresses below `own` may."""
    text = _MARKER.sub("", body, count=1) if body.startswith("<!-- suture:v1") else body
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return [found for token in _flat(parser.parse(text)) for found in _acting(token, own)]


def acting_in_plain(text: str) -> list[str]:
    """The same for a commit message, in which Markdown is nothing but GitHub links names and numbers."""
    return [match[0] for match in _ACTIVE.finditer(text)]


def _flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])


def _acting(token: Token, own: str) -> Iterator[str]:
    if token.type == "image":
        yield f"image {token.attrs}"
    elif token.type == "link_open" and not str(token.attrs["href"]).startswith(own):
        yield f"link {token.attrs['href']}"
    elif token.type in {"html_inline", "html_block"} and not _OWN_HTML.fullmatch(token.content):
        yield f"HTML {token.content!r}"
    elif token.type == "text":
        yield from (f"text {match[0]!r} in {token.content!r}" for match in _ACTIVE.finditer(token.content))
