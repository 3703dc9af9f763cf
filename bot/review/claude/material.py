"""The change as the model is shown it: labelled rows and their surroundings, between unforgeable marks."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

from bot.diff.signs import visible, visible_line
from bot.records import ChangedFile, Hunk, NotReviewed
from bot.review.anchors import label
from bot.review.claude.elsewhere import elsewhere
from bot.review.claude.related import related
from bot.review.claude.slices import Source, enclosing, imports, outline, parse_source
from bot.review.claude.sources import read_source
from bot.review.reviewers import Material

MAX_CHARACTERS = 400_000  # of one change: about 110,000 tokens, half of what a pull request may cost
_SIGNS = {"context": " ", "added": "+", "deleted": "-"}


@dataclass(frozen=True, slots=True)
class Shown:
    """The material as text, the hunks it shows (label H1 is the first), and the files that found no room.

    `nonce` stands in the marks around the text. `card` is about the repository, and stands before the text.
    """

    nonce: str
    text: str
    hunks: tuple[Hunk, ...]
    not_reviewed: tuple[NotReviewed, ...]
    card: str = ""


def nonce_for(secret: bytes, head_sha: str) -> str:
    """Stands in the marks around untrusted text; one a head, so that its requests share a cache."""
    return hmac.digest(secret, head_sha.encode(), hashlib.sha256).hex()[:24]


def fence(nonce: str, name: str, text: str) -> str:
    """Untrusted text between its marks, which it cannot close: not even a model's, which knows them."""
    return f"<<<{name} {nonce}\n{text.replace(nonce, '[mark]')}\n{name} {nonce}>>>"


def show(
    material: Material, nonce: str, limit: int = MAX_CHARACTERS, card: tuple[str, str] = ("", "")
) -> Shown:
    """The hunks that fit `limit` characters, file by file; the rest is named with its reason.

    `card` is the repository's, with the nonce of its own marks: it is the same for other changes too.
    """
    parts: list[str] = []
    hunks: list[Hunk] = []
    left_out: list[NotReviewed] = []
    size = 0
    for file in material.change.files:
        text = _show_file(file, material.tree, len(hunks))
        if file.hunks and size + len(text) > limit:
            left_out.append(NotReviewed(file.path, "The change is larger than one review may cost."))
            continue
        if file.hunks:
            parts.append(text)
            hunks.extend(file.hunks)
            size += len(text)
    text = fence(nonce, "change", "\n\n".join(parts))
    about, mark = card
    return Shown(
        nonce, text, tuple(hunks), tuple(left_out), fence(mark, "repository", about) if about else ""
    )


def _show_file(file: ChangedFile, tree: Path, before: int) -> str:
    text = read_source(tree, file.path)
    source = parse_source(file.path, text) if text is not None else None
    rows = [f"=== file {visible_line(file.path)} ({file.status})"]
    if source is not None:
        rows += _section("imports of this file", imports(source))
        rows += _section("outline of this file (line: header)", outline(source))
    around: dict[tuple[int, int], str] = {}
    for number, hunk in enumerate(file.hunks, before + 1):
        rows.append(f"--- hunk H{number} {visible_line(hunk.section)}".rstrip())
        rows += [
            f"{label(number, row)} {_SIGNS[line.kind]}|{visible(line.text.removesuffix(chr(13)))}"
            for row, line in enumerate(hunk.lines, 1)
        ]
        rows += _around(source, hunk, f"H{number}", around)
    if source is not None:
        changed = frozenset(line for hunk in file.hunks for line in hunk.added or hunk.new_lines)
        seen = frozenset(line for start, end in around for line in range(start, end + 1))
        rows += _section(
            "related functions of this file (to read, not to quote)", related(source, changed, seen)
        )
        others = elsewhere(tree, file.path, source, changed)
        rows += _section("elsewhere: what these rows call, and who uses them (to read, not to quote)", others)
    return "\n".join(rows)


def _section(title: str, text: str) -> list[str]:
    return [f"--- {title}", visible(text)] if text else []


def _around(source: Source | None, hunk: Hunk, name: str, shown: dict[tuple[int, int], str]) -> list[str]:
    """The code around a hunk, unless the hunk, or what stands around an earlier one, shows all of it."""
    lines = sorted(hunk.added or hunk.new_lines)
    if source is None or not lines:
        return []
    found = enclosing(source, min(lines[0], len(source.lines)), min(lines[-1], len(source.lines)))
    if set(range(found.start, found.end + 1)) <= hunk.new_lines:
        return []
    inside = (one for (start, end), one in shown.items() if start <= found.start and found.end <= end)
    if same := next(inside, ""):
        return [f"--- around {name}: see around {same}"]
    shown[found.start, found.end] = name
    title = (
        f"around {name}: lines {found.start}-{found.end} of the file after the change (to read, not to quote)"
    )
    return _section(title, found.text)
