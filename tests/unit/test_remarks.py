"""What people are told of characters that deceive the eye, and of which ones nobody is told."""

from __future__ import annotations

import pytest

from bot.diff.remarks import MOST_LINES, remarks_of
from bot.records import Change, ChangedFile, Hunk, Line, Remark


def change(*texts: str, path: str = "shop/app.py", kind: str = "added") -> Change:
    """A change of one file whose lines all have this kind."""
    lines = tuple(
        Line("added" if kind == "added" else "context", None, number, text)
        for number, text in enumerate(texts, 1)
    )
    return Change("b" * 40, "a" * 40, (ChangedFile(path, "modified", (Hunk(path, "", lines),)),))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("if is_admin:  # \u202e\u2066", "U+202E RIGHT-TO-LEFT OVERRIDE, U+2066 LEFT-TO-RIGHT ISOLATE"),
        ("name = 'a\u200bb'", "U+200B ZERO WIDTH SPACE"),
        ("# \U000e0041", "U+E0041 TAG LATIN CAPITAL LETTER A"),
        ("print('\x1b[2J')", "U+001B"),
        ("\u3164 = 1", "U+3164 HANGUL FILLER"),
        ("p\u0430ypal = 1", "p⟨U+0430⟩ypal"),
        ("is_\u0410\u0412\u0421 = 1", "is_⟨U+0410⟩⟨U+0412⟩⟨U+0421⟩"),
        ("scan\u039fne()", "scan⟨U+039F⟩ne"),
        ("\uff45val(text)", "⟨U+FF45⟩val"),
        ("\U0001d41eval(text)", "⟨U+1D41E⟩val"),
    ],
)
def test_what_deceives_is_told_with_its_line(text: str, told: str) -> None:
    """Bidi controls, characters without a shape, tags, and letters that pass for Latin ones."""
    (remark,) = remarks_of(change("plain", text))

    assert (remark.path, remark.line) == ("shop/app.py", 2)
    assert told in remark.what


@pytest.mark.parametrize(
    "text",
    [
        "\tplain = 'ascii'",
        "grüße = naïve_Æsop + Łódź  # größer",
        "# Привет, мир: это проверка",
        "test_привет = 1",
        r"print('\nПривет %sшт')",
        "Δt = 5 * μm / σ_max  # Ωmega is no letter that deceives",
        "ok = '❤️ 👩‍💻 1️⃣ 👍🏽'",
        "# 10 000 €, « oui »",
        "nº 5, 2ª, m², ½",
        "変数 = '値'",
        "\f",
    ],
)
def test_other_languages_are_nobodys_business(text: str) -> None:
    """Words of one alphabet, formulas, emoji and odd blanks deceive nobody."""
    assert remarks_of(change("plain", text)) == ()


def test_a_file_may_begin_with_its_mark() -> None:
    """A byte order mark is hidden everywhere but at the very start."""
    assert remarks_of(change("\ufeffimport os")) == ()
    assert len(remarks_of(change("import os", "\ufeffimport re"))) == 1


def test_only_what_the_change_adds_is_told() -> None:
    """What was there before is not this change's."""
    assert remarks_of(change("a\u202eb", kind="context")) == ()


def test_names_of_files_are_read_too() -> None:
    """Line 0 is the file's name."""
    assert remarks_of(change("plain", path="shop/\u0430pp.py")) == (
        Remark("shop/\u0430pp.py", 0, "The file's name mixes letters that look alike: ⟨U+0430⟩pp."),
    )


def test_many_lines_are_counted() -> None:
    """Of one file so many are told, and how many more there are."""
    remarks = remarks_of(change(*["a\u200bb"] * (MOST_LINES + 30)))

    assert len(remarks) == MOST_LINES + 1
    assert remarks[-1] == Remark("shop/app.py", MOST_LINES + 1, "So do this line and 29 more.")
