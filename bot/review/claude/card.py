"""The repository card: what this code is, where input gets in, whom it trusts, how it is tested."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bot.diff.signs import visible, visible_line
from bot.errors import ReviewerError
from bot.records import Usage
from bot.review.claude.call import Caller, Request, ask
from bot.review.claude.examples import find_example
from bot.review.claude.material import Shown, fence
from bot.review.claude.schema import CardReply, read_reply
from bot.review.claude.slices import imports, outline, parse_source
from bot.review.claude.sources import files_in, read_source
from bot.review.claude.voice import Voice

log = logging.getLogger(__name__)
MOST_PATHS = 150
MOST_OUTLINES = 12
MOST_TELLING = 7  # of them chosen by their names, the others by their size
_ABOUT = (("README.md", 4_000), ("README.rst", 4_000), ("pyproject.toml", 2_000), ("setup.cfg", 1_500))
_TELLING = re.compile(
    r"auth|secur|sandbox|session|cookie|token|crypt|hash|perm|valid|escap|sanit|upload|url|path|proxy|cmd|exec"
    r"|__main__|^cli|^app|^main|view|route|^api|server|handler|request"
)
_ASIDE = re.compile(r"(^|/)(docs?|examples?|benchmarks?|tests?|testing|vendor|_vendor|migrations)(/|\.)|test")
_CODE = (".py", ".js", ".ts", ".go", ".rb", ".java", ".php", ".rs", ".c", ".cs")


@dataclass(frozen=True, slots=True)
class CardStore:
    """Cards by the digest of what they were made from, as files that all workers of a machine share."""

    folder: Path

    def find(self, key: str) -> str:
        """The card's text; "" when there is none."""
        try:
            return (self.folder / f"{key}.md").read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return ""

    def keep(self, key: str, text: str) -> None:
        """Store a card; the last one wins."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=self.folder, delete=False) as file:
            file.write(text)
        Path(file.name).rename(self.folder / f"{key}.md")


@dataclass(frozen=True, slots=True)
class Cards:
    """Who writes cards, and where they are kept."""

    caller: Caller
    voice: Voice
    store: CardStore

    def known(self, base: Path | None) -> str:
        """The card that was written for this state of the repository; "" when there is none."""
        return self.store.find(self._key(material_of(base))) if base is not None else ""

    def written(self, base: Path | None, nonce: str) -> tuple[str, Usage]:
        """The card, written now if it never was. "" when it cannot be had: a review goes on without one."""
        if base is None or (card := self.known(base)):
            return ("" if base is None else card), Usage()
        material = material_of(base)
        shown = Shown(nonce, fence(nonce, "repository", material), (), ())
        request = Request("card", self.voice, shown, self.caller.prompts.card.fill())
        try:
            reply = ask(self.caller, request, lambda text: read_reply(text, CardReply))
        except ReviewerError as problem:
            log.warning("no card of the repository could be written: %s", problem)
            return "", Usage()
        text = _text(reply.value) if reply.value else ""
        if text:
            self.store.keep(self._key(material), text)
        return text, reply.usage

    def _key(self, material: str) -> str:
        made_by = [self.voice.models, self.caller.prompts.card.version, material]
        return hashlib.sha256(json.dumps(made_by).encode()).hexdigest()


def material_of(base: Path) -> str:
    """What a card is made from: words about the project, its files, outlines of telling ones, a test."""
    paths = list(files_in(base))
    parts = [f"=== files\n{chr(10).join(map(visible_line, _listed(paths)))}"]
    for name, most in _ABOUT:
        if text := read_source(base, name):
            parts.append(f"=== {name}\n{visible(text[:most])}")
    for path in _telling(base, paths):
        source = parse_source(path, read_source(base, path) or "")
        told = f"{imports(source, 300)}\n{_names(outline(source, 20_000))}"
        parts.append(f"=== outline of {visible_line(path)}\n{visible(told)}")
    if example := find_example(base, "", "tests/test_.py"):
        parts.append(f"=== a test: {visible_line(example[0])}\n{visible(example[1][:2_500])}")
    return "\n\n".join(parts)


def _listed(paths: list[str]) -> list[str]:
    """All paths where they are few; else the folders near the root, with how many files each holds."""
    if len(paths) <= MOST_PATHS:
        return paths
    near = Counter("/".join(path.split("/")[:-1][:3]) for path in paths)
    folders = [f"{folder}/ ({count} files)" for folder, count in sorted(near.items()) if folder]
    shared = [path for path in paths if path.endswith("conftest.py")][:10]
    return [*(path for path in paths if "/" not in path), *shared, *folders][:MOST_PATHS]


def _telling(base: Path, paths: list[str]) -> list[str]:
    """Code whose name speaks of input or of guards, then the largest; nearer to the root goes first."""
    code = [path for path in paths if path.endswith(_CODE) and not _ASIDE.search(path.lower())]
    code.sort(key=lambda path: -(base / path).lstat().st_size)
    named = [path for path in code if _TELLING.search(path.rpartition("/")[2].lower())]
    return list(dict.fromkeys([*named[:MOST_TELLING], *code]))[:MOST_OUTLINES]


def _names(told: str, most: int = 1_500) -> str:
    """An outline's first lines alone, as many as fit."""
    rows = [row[:100] for row in told.splitlines() if re.match(r"\d+: ", row)]
    while rows and sum(map(len, rows)) + len(rows) > most:
        rows = rows[: len(rows) - max(1, len(rows) // 8)]
    return "\n".join(rows)


def _text(said: CardReply) -> str:
    parts = [
        f"What it is: {said.what}",
        *(f"Entry point: {one}" for one in said.entry_points),
        *(f"Trust: {one}" for one in said.trust_boundaries),
        *(f"Guard: {one}" for one in said.guards),
        f"Tests: {said.tests}",
    ]
    return "\n".join(visible(part) for part in parts)
