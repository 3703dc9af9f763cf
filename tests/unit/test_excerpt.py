"""The first sentences: whole ones, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.publish.excerpt import excerpt

PIECES = st.lists(
    st.sampled_from(["One", "e.g. two", "`a. B`", ". ", "? ", "\n\n", " ", "x" * 30]), max_size=20
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("One. Two. Three.", "One. Two."),
        ("One. Two.", "One. Two."),
        ("One\n\nTwo. Three.", "One"),
        ("It calls e.g. `f`. Then g. Then h.", "It calls e.g. `f`. Then g."),
        ("It calls `a.b. C. D. E`. Next! More.", "It calls `a.b. C. D. E`. Next!"),
        ("See shop/a.py and 1.5 times. Really? Yes.", "See shop/a.py and 1.5 times. Really?"),
        ('It says "no." Then more. And more.', 'It says "no." Then more.'),
        ("", ""),
    ],
)
def test_two_sentences(text: str, shown: str) -> None:
    """A dot in code, in a name or in a short form ends none; a paragraph does."""
    assert excerpt(text, 2, 480) == (shown, shown != text)


def test_a_sentence_without_end_is_cut_and_says_so() -> None:
    """Between words, and outside of code."""
    assert excerpt("long words " * 100, 2, 20) == ("long words long…", True)
    assert excerpt("see `a name b` and more. " * 9, 2, 12) == ("see…", True)


@given(PIECES.map("".join), st.integers(1, 3), st.integers(10, 60))
def test_what_is_shown_is_how_the_text_begins(text: str, sentences: int, most: int) -> None:
    """Never more than asked for, and nothing is lost without being told."""
    shown, more = excerpt(text, sentences, most)

    assert len(shown) <= most
    assert text.strip().startswith(shown.removesuffix("…"))
    assert more == (shown != text.strip())
    assert not shown.count("`") % 2 or text.count("`") % 2
