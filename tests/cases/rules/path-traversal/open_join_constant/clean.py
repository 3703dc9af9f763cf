"""Pages of the wiki: one file each."""

import os

PAGES = "/srv/wiki/pages"


def read_page(title: str) -> str:
    """The text of a page."""
    path = os.path.realpath(os.path.join(PAGES, title + ".md"))
    if os.path.commonpath([path, os.path.realpath(PAGES)]) != os.path.realpath(PAGES):
        raise FileNotFoundError(title)
    with open(path, encoding="utf-8") as page:
        return page.read()
