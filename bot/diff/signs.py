"""Characters that the eye cannot see, spelled out: what is shown to a model or to people hides nothing."""

from __future__ import annotations

import unicodedata

# Signs that draw nothing, beside the categories below: fillers, the blank Braille pattern, joiners
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u17b4\u17b5\u180b\u180c\u180d\u034f")
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def is_hidden(sign: str) -> bool:
    """Whether a reader cannot see this character, or takes it for a blank, or it turns the others' order."""
    if sign in "\t\n":
        return False
    category = unicodedata.category(sign)
    return (
        category in _UNSEEN
        or sign in _BLANK
        or (category == "Zs" and sign != " ")
        or "\ufe00" <= sign <= "\ufe0f"  # variation selectors can carry hidden data
        or "\U000e0100" <= sign <= "\U000e01ef"
    )


def spelled(sign: str) -> str:
    """The character by its code point."""
    return f"⟨U+{ord(sign):04X}⟩"


def visible(text: str) -> str:
    """`text` with every hidden character as ⟨U+202E⟩; tabs and line feeds stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(spelled(sign) if is_hidden(sign) else sign for sign in text)


def visible_line(text: str) -> str:
    """The same for a name, which may not begin a line of its own."""
    return visible(text).replace("\n", spelled("\n")).replace("\t", spelled("\t"))
