"""Every text that people read, as it was last looked at."""

from __future__ import annotations

import pytest

from bot.publish.sections import MOST
from tests.fakes.variants import FOLDER, VARIANTS, place

REWRITE = "look at it, and write it anew with `python -m tests.fakes.variants`"


@pytest.mark.parametrize("name", VARIANTS)
def test_nothing_has_changed_unseen(name: str) -> None:
    """Each variant reads to the letter as its file, and fits into one body."""
    text = VARIANTS[name]()

    assert place(name).read_text(encoding="utf-8") == f"{text}\n", REWRITE
    assert len(text) < MOST


def test_no_variant_is_left_over() -> None:
    """A file without a variant would be looked at for nothing."""
    assert {path.name for path in FOLDER.iterdir()} == {place(name).name for name in VARIANTS}
