"""The page that the demo names, in a real browser: what was posted can be read there as a person would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import chromium, chromium_program
from tests.browser.picture import FILE, take_picture
from tests.browser.reviewed import page_of, served_scene, wait_for_review
from tests.flow.shop import need_sandbox

README = Path(__file__).parent.parent.parent / "README.md"
PICTURE = README.parent / ".github" / "comment.png"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page of the demo's pull request, reviewed."""
    need_sandbox()
    with served_scene(tmp_path_factory.mktemp("page")) as scene:
        pull = scene.open()
        wait_for_review(scene, pull)
        yield page_of(scene, pull)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if chromium_program() is None:
        pytest.skip("Chromium is not installed; sh deploy/setup.sh --dev installs it")
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    shown = browser.new_page(viewport={"width": 1200, "height": 900})
    wrong: list[str] = []
    shown.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    shown.on("pageerror", lambda error: wrong.append(str(error)))
    shown.goto(address)
    yield shown
    shown.close()
    assert not wrong


def test_everything_that_was_posted_can_be_read(page: Page):
    """Diff, inline comment, suggestion, check run with the proof, fix commit with its test."""
    file = page.locator(FILE)
    comment = file.locator("article").first

    assert comment.get_by_text("SQL injection").first.is_visible()
    assert comment.get_by_text("red on").first.is_visible()
    assert "city = ?" in comment.inner_text()
    assert file.locator("tr.added, tr.add").count() > 0
    check = page.get_by_role("region", name="Check run Suture")
    assert check.get_by_text("Findings: 2 proven with a fix").is_visible()
    fix = page.get_by_role("region", name=re.compile("^Commit [0-9a-f]{7}")).first
    assert fix.get_by_text("Verified").is_visible()
    assert fix.get_by_text("tests/test_").first.is_visible()


def test_evidence_is_folded_and_opens(page: Page):
    """The runs are there for those who want them, and out of the way of those who do not."""
    comment = page.locator(FILE).locator("article").first
    runs = comment.get_by_text("python -m pytest").first

    assert not runs.is_visible()
    comment.get_by_text("Evidence").first.click()
    assert runs.is_visible()


@pytest.mark.parametrize("width", [360, 1200])
def test_nothing_runs_out_of_the_window(page: Page, width: int):
    """On a telephone and on a desk the page is no wider than its window."""
    page.set_viewport_size({"width": width, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_light_and_dark(page: Page):
    """The page follows the reader's colour scheme."""
    colours = set()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # the two literals
        colours.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert len(colours) == 2


def test_the_readme_picture_is_made_from_this_page(browser: Browser, address: str, tmp_path: Path):
    """The script takes a picture of the real comment, and the README shows the one that was committed."""
    made = tmp_path / "comment.png"

    take_picture(browser, address, made)

    assert made.read_bytes().startswith(PNG)
    assert PICTURE.read_bytes().startswith(PNG)
    assert "(.github/comment.png)" in README.read_text()
    ours, kept = (int.from_bytes(path.read_bytes()[16:20], "big") for path in (made, PICTURE))
    assert ours == kept
