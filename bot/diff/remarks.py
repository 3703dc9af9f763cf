"""What the eye would miss in a change: characters that nobody sees, and letters that pass for others."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from bot.diff.signs import is_hidden, spelled
from bot.records import Change, ChangedFile, Remark

MOST_LINES = 20  # of one file that are told one by one
MOST_SIGNS = 5
LONGEST_WORD = 60
_WORD = re.compile(r"\w+")
_PARTS = re.compile(r"[\d_]+")
_ESCAPES = re.compile(r"\\[A-Za-z]|%[-+ #0-9.]*[A-Za-z]")  # in a text: "\nПривет" is no mixed word
_EMOJI_SIGNS = frozenset("\ufe0e\ufe0f\u200d")
# Greek letters that look Latin. Others, as in Δt and μm, deceive nobody.
_GREEK = frozenset("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο")
_CYRILLIC = frozenset("АВЕЅІЈКМНОРСТУХаеѕіјорсухһӏԁԛԝ")


def remarks_of(change: Change) -> tuple[Remark, ...]:
    """A remark for every added line, and every file's name, that reads differently from what it is.

    That is: characters nobody sees or that turn the others' order, and words that mix Latin letters with
    Cyrillic, Greek or full-width ones which look the same. Of a file's lines 20 are told, the rest counted.
    """
    return tuple(remark for file in change.files for remark in _of_file(file))


def _of_file(file: ChangedFile) -> Iterator[Remark]:
    if what := _what(file.path):
        yield Remark(file.path, 0, f"The file's name {what}")
    found = [
        Remark(file.path, line.new, f"The line {what}")
        for hunk in file.hunks
        for line in hunk.lines
        if line.kind == "added" and line.new and (what := _what(_without_mark(line.text, line.new)))
    ]
    yield from found[:MOST_LINES]
    if rest := found[MOST_LINES:]:
        yield Remark(file.path, rest[0].line, f"So do this line and {len(rest) - 1} more.")


def _without_mark(text: str, number: int) -> str:
    """Without the byte order mark that some editors put at a file's start."""
    return text.removeprefix("\ufeff") if number == 1 else text


def _what(text: str) -> str:
    """The end of a sentence about the text; empty when it is what it looks like."""
    if text.isascii() and text.replace("\t", "").replace("\f", "").isprintable():
        return ""
    hidden = dict.fromkeys(sign for index, sign in enumerate(text) if _hides(text, index))
    words = dict.fromkeys(word for word in _WORD.findall(_ESCAPES.sub(" ", text)) if _misleads(word))
    said = []
    if hidden:
        said.append(f"holds characters that nobody sees: {_listed([_named(one) for one in hidden])}")
    if words:
        said.append(f"mixes letters that look alike: {_listed([_shown(one) for one in words])}")
    return " and ".join(said) + "." if said else ""


def _hides(text: str, index: int) -> bool:
    sign = text[index]
    if not is_hidden(sign) or sign == "\f" or unicodedata.category(sign) in {"Zs", "Cn"}:
        return False  # odd blanks are usual in prose, and what is not assigned here may be a newer emoji
    near = text[max(index - 1, 0) : index + 2]
    return not (sign in _EMOJI_SIGNS and any(_is_emoji(one) for one in near))


def _is_emoji(sign: str) -> bool:
    return unicodedata.category(sign) in {"So", "Sk", "Cn"} or sign == "\u20e3"


def _misleads(word: str) -> bool:
    """Whether a word with Latin letters holds others that look the same, or that Python reads as Latin."""
    if word.isascii():
        return False
    if any(_is_styled(sign) for sign in word):
        return True
    if not any(_is_latin(sign) for sign in word):
        return False
    return any(_passes_for_latin(part) for part in _PARTS.split(word))


def _passes_for_latin(part: str) -> bool:
    """Mixed within itself, or made of nothing but letters that look Latin."""
    looks = _GREEK | _CYRILLIC
    if part and all(sign in looks for sign in part):
        return True
    other = any(sign in _GREEK or unicodedata.name(sign, "").startswith("CYRILLIC") for sign in part)
    return other and any(_is_latin(sign) for sign in part)


def _is_latin(sign: str) -> bool:
    return unicodedata.name(sign, "").startswith("LATIN")


def _is_styled(sign: str) -> bool:
    """Full-width and mathematical letters: to Python, which normalises names, they are ASCII."""
    plain = unicodedata.normalize("NFKC", sign)
    return not sign.isascii() and plain.isascii() and plain.isalpha() and unicodedata.category(sign) != "Lo"


def _named(sign: str) -> str:
    name = unicodedata.name(sign, "")
    return f"U+{ord(sign):04X}" + (f" {name}" if name else "")


def _shown(word: str) -> str:
    """The word with each letter that is not ASCII by its code point."""
    return "".join(sign if sign.isascii() else spelled(sign) for sign in word[:LONGEST_WORD])


def _listed(found: list[str]) -> str:
    more = f" and {len(found) - MOST_SIGNS} others" if len(found) > MOST_SIGNS else ""
    return ", ".join(found[:MOST_SIGNS]) + more
