"""A card is what to look for in one family of weaknesses; a new card is one new `.md` file here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from bot.errors import ReviewerError

MOST = 5  # cards of one review: more words make a review worse, not better


@dataclass(frozen=True, slots=True)
class Card:
    """One family: its CWE-numbers, words in code that point to it, and the text for the reviewer."""

    name: str
    cwes: tuple[str, ...]
    words: tuple[str, ...]
    text: str


@cache
def load_cards() -> tuple[Card, ...]:
    """The cards that ship with the program, by name. Raises ReviewerError for one without its two headers."""
    files = sorted(resources.files(__name__).iterdir(), key=lambda file: file.name)
    return tuple(_read(file.name, file.read_text("utf-8")) for file in files if file.name.endswith(".md"))


def choose(cards: Iterable[Card], cwes: Iterable[str], code: str) -> tuple[Card, ...]:
    """At most five: those of the CWEs, in their order, then those of whose words most stand in the code."""
    known = tuple(cards)
    named = [card for cwe in cwes for card in known if cwe in card.cwes]
    hits = {card.name: sum(word in code for word in card.words) for card in known}
    likely = sorted((card for card in known if hits[card.name]), key=lambda card: -hits[card.name])
    return tuple({card.name: card for card in (*named, *likely)}.values())[:MOST]


def same_family(one: str, other: str) -> bool:
    """Whether two CWE-numbers are the same or stand on one card."""
    return one == other or any(one in card.cwes and other in card.cwes for card in load_cards())


def _read(name: str, text: str) -> Card:
    first, _, rest = text.partition("\n")
    second, _, body = rest.partition("\n")
    headers = [
        line.removeprefix(f"<!-- {key}: ").removesuffix(" -->").split()
        for key, line in (("cwes", first), ("words", second))
        if line.startswith(f"<!-- {key}: ") and line.endswith(" -->")
    ]
    if len(headers) != 2 or not body.strip():
        raise ReviewerError(f"Card {name} has to begin with <!-- cwes: … -->, then <!-- words: … -->.")
    return Card(name.removesuffix(".md"), tuple(headers[0]), tuple(headers[1]), body.strip())
