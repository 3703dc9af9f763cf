"""Makes the README's picture from a real review: `python -m tests.browser.picture .github/comment.png`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.chromium import chromium
from tests.browser.reviewed import page_of, served_scene, wait_for_review

FILE = "section[aria-labelledby='files'] section.file[aria-label='shop/customers.py']"
WIDTH = 900


def take_picture(browser: Browser, page_url: str, destination: Path) -> None:
    """Write a PNG of the first reviewed file with its comment, evidence and suggestion."""
    page = browser.new_page(
        viewport={"width": WIDTH, "height": 1200}, device_scale_factor=2, color_scheme="light"
    )
    page.goto(page_url)
    page.locator(FILE).screenshot(path=str(destination))
    page.close()


def main(destination: Path) -> None:
    """Review the demo's pull request and take the picture."""
    with tempfile.TemporaryDirectory() as folder, served_scene(Path(folder)) as scene, chromium() as browser:
        pull = scene.open()
        wait_for_review(scene, pull)
        take_picture(browser, page_of(scene, pull), destination)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
