"""Runs in the fetch sandbox: lists a package's files on the configured indexes, and gets one of them.

`catalog.py list NAME` prints JSON: [[file name, URL, range of Pythons], …]. `catalog.py get URL FILE MOST`
writes at most MOST bytes. The indexes come from uv's variables; their credentials go to their own host alone.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import sys
import urllib.error
import urllib.request
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

LARGEST_PAGE = 32 << 20
WHOLE = 60  # seconds without a byte


class Links(HTMLParser):
    """The links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an anchor's address."""
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.found.append((given["href"] or "", given.get("data-requires-python") or ""))


def indexes() -> tuple[list[str], list[str]]:
    """(indexes, the preferred first; places with links to files)."""
    extra = os.environ.get("UV_INDEX", "").split()
    links = [one for one in os.environ.get("UV_FIND_LINKS", "").split(",") if one]
    return [*extra, os.environ["UV_DEFAULT_INDEX"]], links


def bare(url: str) -> tuple[str, str]:
    """(the URL without credentials, the credentials)."""
    parts = urlsplit(url)
    secret, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=host).geturl(), unquote(secret)


def read(url: str, most: int) -> bytes:
    """The file at a URL; b"" where there is none."""
    if url.startswith(("/", "file://")):
        path = Path(unquote(urlsplit(url).path))
        path = path / "index.html" if path.is_dir() else path
        return path.read_bytes()[:most] if path.is_file() else b""
    if not url.startswith(("http://", "https://")):
        return b""
    asked = {"Accept": "text/html, */*;q=0.1"}
    request = urllib.request.Request(bare(url)[0], headers=asked)  # noqa: S310  http alone, see above
    for one in (*indexes()[0], *indexes()[1]):
        place, secret = bare(one)
        if secret and urlsplit(place).netloc == urlsplit(url).netloc:
            coded = base64.b64encode(secret.encode()).decode()
            request.add_unredirected_header("Authorization", f"Basic {coded}")
    try:
        with urllib.request.urlopen(request, timeout=WHOLE) as answer:  # noqa: S310  http alone
            return bytes(answer.read(most))
    except urllib.error.HTTPError as error:
        if error.code in (403, 404, 410):
            return b""
        raise


def links_of(url: str) -> list[tuple[str, str, str]]:
    """(file name, URL, range of Pythons) of all files that a page or a folder leads to."""
    place = bare(url)[0]
    folder = Path(unquote(urlsplit(place).path)) if place.startswith(("/", "file://")) else None
    if folder is not None and folder.is_dir() and not (folder / "index.html").is_file():
        return [(one.name, str(one), "") for one in sorted(folder.iterdir())]
    page = Links()
    page.feed(read(place, LARGEST_PAGE).decode("utf-8", "replace"))
    base = f"file://{place}" if place.startswith("/") else place
    joined = [(urljoin(base, href), python) for href, python in page.found]
    # A page of the network leads to no file of this machine
    found = [one for one in joined if base.startswith("file:") or one[0].startswith("http")]
    return [(unquote(urlsplit(one).path).rpartition("/")[2], one, python) for one, python in found]


def listed(name: str) -> list[tuple[str, str, str]]:
    """All files of the package, of the first index that has it, and of the places with links."""
    places, links = indexes()
    found: list[tuple[str, str, str]] = []
    for one in places:
        if not found or os.environ.get("UV_INDEX_STRATEGY") != "first-index":
            found += links_of(f"{one.rstrip('/')}/{name}/")
    for one in links:
        found += links_of(one)
    start = re.compile(name.replace("-", "[-_.]+") + "-", re.IGNORECASE)
    return [one for one in found if start.match(one[0])]


def get(url: str, place: str, most: int) -> None:
    """Write the file; ends with an error when it is larger, absent or not the one that its page promised."""
    plain, fragment = urldefrag(url)
    data = read(plain, most + 1)
    if not data or len(data) > most:
        sys.exit("the file is absent or too large")
    kind, _, promised = fragment.partition("=")
    if kind == "sha256" and hashlib.sha256(data).hexdigest() != promised:
        sys.exit("the file is not the one that its page promised")
    Path(place).write_bytes(data)


if __name__ == "__main__":
    if sys.argv[1] == "list":
        sys.stdout.write(json.dumps(listed(sys.argv[2])))
    else:
        get(sys.argv[2], sys.argv[3], int(sys.argv[4]))
