"""The picture of a way, drawn by Mermaid itself: it shows what the code says, and the code does nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from bot.publish.flow import flowchart
from bot.publish.neutral import visible
from bot.records import FlowStep
from tests.browser.chromium import chromium, chromium_program
from tests.contracts.fetch import MERMAID
from tests.fakes.hostile_labels import BITS

# GitHub draws with "strict"; "loose" shows what our own text would let through.
DRAW = r"""async ([source, level, active]) => {
  mermaid.initialize({startOnLoad: false, securityLevel: level, suppressErrorRendering: true});
  const {svg} = await mermaid.render('drawn', source);
  document.body.innerHTML = svg;
  const shown = one => one.innerText.replaceAll('\u200b', '');
  return {labels: [...document.querySelectorAll('.nodeLabel')].map(shown),
          edges: document.querySelectorAll('path.flowchart-link').length,
          active: document.body.querySelectorAll(active).length};
}"""
ACTIVE = ".nodeLabel :not(p, br), svg a, script, iframe, .clickable, [onclick], [onerror]"


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    if chromium_program() is None or not MERMAID.file.is_file():
        pytest.skip("Chromium or Mermaid is not there; sh deploy/setup.sh --dev installs both")
    with chromium() as browser:
        shown = browser.new_page()
        shown.add_script_tag(path=str(MERMAID.file))
        yield shown


def drawn(page: Page, way: tuple[FlowStep, ...], level: str) -> dict[str, object]:
    _, *source, _ = flowchart(way, "a.py").split("\n")
    seen: dict[str, object] = page.evaluate(DRAW, ["\n".join(source), level, ACTIVE])
    return seen


def words(text: str) -> str:
    return " ".join(visible(text).split())


@pytest.mark.parametrize("level", ["strict", "loose"])
def test_hostile_code_is_shown_and_does_nothing(page: Page, level: str) -> None:
    """Every label reads as the code does, sign for sign, and holds no element of its own."""
    for at in range(0, len(BITS), 3):
        some = BITS[at : at + 3]
        way = tuple(FlowStep("a.py", 7, code) for code in (*(f"{one}x" for one in some), "".join(some)))

        seen = drawn(page, way, level)

        assert seen == {
            "labels": [f"line 7\n{words(one.code)}" for one in way],
            "edges": len(some),
            "active": 0,
        }


def test_hostile_paths_and_a_long_way(page: Page) -> None:
    """A path is shown like code; what was left out is a word on an arrow."""
    way = tuple(FlowStep(f'{number}"]; click n0 "x"`.py', number, "x") for number in range(1, 9))

    seen = drawn(page, way, "loose")

    assert seen["labels"] == [f"{words(one.path)}:{one.line}\nx" for one in (*way[:2], *way[-2:])]
    assert seen["active"] == 0
