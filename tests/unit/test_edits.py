"""Edits to contents: verbatim, else with blanks made equal, else refused with a reason."""

from __future__ import annotations

import pytest

from bot.fix.edits import apply_edits
from bot.records import Edit, Gate, Reason

SOURCE = """\
def page(root, name):
    path = root / name
    return path.read_text()


def size(name):
    return 1
"""


def edited(*edits: Edit, source: str | None = SOURCE) -> str:
    made = apply_edits(edits, {"a.py": source}.get)
    assert not isinstance(made, Gate), made.detail
    return made["a.py"]


def reason_for(*edits: Edit, source: str | None = SOURCE) -> Reason:
    made = apply_edits(edits, {"a.py": source}.get)
    assert isinstance(made, Gate)
    assert made.detail
    return made.reason


def test_a_verbatim_block_is_replaced():
    """What stands once is replaced, the rest stays to the letter."""
    after = edited(Edit("a.py", "    path = root / name\n", "    path = safe(root, name)\n"))

    assert after == SOURCE.replace("root / name", "safe(root, name)")


def test_part_of_a_line_may_be_a_block():
    """A block need not be whole lines."""
    assert edited(Edit("a.py", "root / name", "safe(root, name)")) == SOURCE.replace(
        "root / name", "safe(root, name)"
    )


def test_two_edits_of_one_file():
    """Both are looked for in the file as it is, in any order."""
    after = edited(Edit("a.py", "return 1", "return 2"), Edit("a.py", "root / name", "name"))

    assert "return 2" in after
    assert "path = name" in after


def test_blanks_may_differ_when_the_place_is_unique():
    """Other indentation or spacing is found, and the new text takes the file's indentation."""
    after = edited(
        Edit(
            "a.py",
            "path  =  root / name\nreturn path.read_text()",
            "path = safe(root, name)\nreturn path.read_text()",
        )
    )

    assert after == SOURCE.replace("root / name", "safe(root, name)")


def test_windows_line_ends_stay():
    """A model writes LF; a file of CRLF lines keeps them, in the new lines too."""
    after = edited(
        Edit("a.py", "    path = root / name\n", "    check(name)\n    path = root / name\n"),
        source=SOURCE.replace("\n", "\r\n"),
    )

    assert after == SOURCE.replace("    path", "    check(name)\n    path", 1).replace("\n", "\r\n")


def test_the_last_line_without_an_end():
    """A file without a newline at its end keeps it so."""
    assert edited(Edit("a.py", "b = 2", "b = 3"), source="a = 1\nb = 2") == "a = 1\nb = 3"
    assert edited(Edit("a.py", "b  = 2", "b = 3"), source="a = 1\nb = 2") == "a = 1\nb = 3"


def test_lines_may_be_removed():
    """An empty replacement takes the lines away."""
    assert "path =" not in edited(Edit("a.py", "    path = root / name\n", ""))
    assert edited(Edit("a.py", "path  = root / name", "")) == SOURCE.replace("    path = root / name\n", "")


def test_a_new_file():
    """An edit with nothing to replace makes a file that is not there."""
    assert edited(Edit("a.py", "", "x = 1\n"), source=None) == "x = 1\n"


@pytest.mark.parametrize(
    ("edits", "reason"),
    [
        ((Edit("a.py", "not there", "x"),), Reason.EDIT_NOT_FOUND),
        ((Edit("a.py", "", "x"),), Reason.EDIT_NOT_FOUND),
        ((Edit("a.py", "  \n", "x"),), Reason.EDIT_NOT_FOUND),
        ((Edit("b.py", "a", "x"),), Reason.EDIT_NOT_FOUND),
        ((Edit("a.py", "name", "x"),), Reason.EDIT_NOT_UNIQUE),
        ((Edit("a.py", "root / name", "x"), Edit("a.py", "/ name\n", "y")), Reason.EDIT_NOT_UNIQUE),
        ((Edit("a.py", "return 1", "return 1"),), Reason.PATCH_EMPTY),
        ((), Reason.PATCH_EMPTY),
    ],
)
def test_refusals(edits: tuple[Edit, ...], reason: Reason):
    """What does not fit exactly once is refused; nothing is guessed."""
    assert reason_for(*edits) is reason


def test_loose_match_has_to_be_unique_too():
    """Two places that differ in blanks only are two places."""
    source = "if a:\n    go( )\nif b:\n        go( )\n"

    assert reason_for(Edit("a.py", "go(  )", "stop()"), source=source) is Reason.EDIT_NOT_UNIQUE
