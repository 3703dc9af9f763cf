"""Text of a pull request made safe to read: what the eye cannot see is spelled out."""

from __future__ import annotations

import unicodedata

# Signs that draw nothing, beside the categories below: Hangul fillers, the blank Braille pattern.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def visible(text: str) -> str:
    """`text` with control, bidi, zero-width and blank characters as ⟨U+202E⟩; tabs and line feeds stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"⟨U+{ord(sign):04X}⟩" if _is_unseen(sign) else sign for sign in text)


def _is_unseen(sign: str) -> bool:
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
