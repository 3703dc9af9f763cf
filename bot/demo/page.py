"""Keeps a page of the stand-in as one file that can be opened when the stand-in is gone."""

from __future__ import annotations

import re
import urllib.parse
import urllib.request
from pathlib import Path

_STYLESHEET = re.compile(r'<link [^>]*rel="stylesheet"[^>]*href="([^"]+)"[^>]*>')


def save_page(url: str, destination: Path) -> Path:
    """Write the page at `url`, style sheets inside, to `destination`; returns its absolute path."""

    def inline(link: re.Match[str]) -> str:
        return f"<style>\n{_read(urllib.parse.urljoin(url, link[1]))}\n</style>"

    destination.parent.mkdir(parents=True, exist_ok=True)
    destination.write_text(_STYLESHEET.sub(inline, _read(url)), encoding="utf-8")
    return destination.resolve()


def _read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310  the stand-in's own address
        text: str = answer.read().decode()
        return text
