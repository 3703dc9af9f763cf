"""Pages of the wiki: one file each."""

import os

PAGES = "/srv/wiki/pages"


def read_page(title: str) -> str:
    """The text of a page."""
    with open(os.path.join(PAGES, title + ".md"), encoding="utf-8") as page:
        return page.read()
