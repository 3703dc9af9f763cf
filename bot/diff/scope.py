"""Which changed files are reviewed. Every file left out is named with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.records import ChangedFile, NotReviewed

LONG_LINE = 2_000  # characters; nobody writes such a line by hand

_LOCKFILES = re.compile(
    r"(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|poetry\.lock|pdm\.lock|uv\.lock"
    r"|Pipfile\.lock|pixi\.lock|go\.sum|Cargo\.lock|Gemfile\.lock|composer\.lock|flake\.lock|packages\.lock\.json)"
)
_VENDORED = frozenset(
    {"vendor", "vendored", "third_party", "node_modules", "bower_components", "site-packages"}
)
_GENERATED_NAME = re.compile(
    r"(_pb2(_grpc)?\.pyi?|\.pb\.go|\.g\.dart|\.generated\.\w+|_generated\.\w+|\.snap|\.map)$"
)
_GENERATED_NOTE = re.compile(r"@generated\b|\bCode generated .*DO NOT EDIT")
_SURROGATE = re.compile("[\ud800-\udfff]")  # what a byte that is no UTF-8 may be read as
_MINIFIED_NAME = re.compile(r"[.-]min\.(js|mjs|css)$")
_MEDIA = re.compile(
    r".*\.(png|jpe?g|gif|webp|ico|bmp|tiff|avif|pdf|woff2?|ttf|otf|eot|mp[34]|wav|ogg|webm|mov)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Scope:
    """The files under review, and the others."""

    files: tuple[ChangedFile, ...]
    not_reviewed: tuple[NotReviewed, ...]


def sift(files: Iterable[ChangedFile], hidden: Mapping[str, str] | None = None) -> Scope:
    """Split changed files into those to review and those not to, in their order.

    `hidden` says of a path why the forge shows no patch of it (for example that it is too large).
    """
    kept: list[ChangedFile] = []
    left_out: list[NotReviewed] = []
    for file in files:
        shown_not = (hidden or {}).get(file.path, "")
        if reason := _out_of_scope(file, shown_not):
            left_out.append(NotReviewed(file.path, reason, in_scope=False))
        elif reason := shown_not or _not_by_hand(file) or _unreadable(file):
            left_out.append(NotReviewed(file.path, reason))
        else:
            kept.append(file)
    return Scope(tuple(kept), tuple(left_out))


def is_lockfile(path: str) -> bool:
    """Whether a package manager writes this file."""
    return _LOCKFILES.fullmatch(PurePosixPath(path).name) is not None


def _out_of_scope(file: ChangedFile, shown_not: str) -> str:
    """Why no reviewer would look at this file; empty when one would."""
    name = PurePosixPath(file.path).name
    if file.status == "removed":
        return "The file was deleted."
    if is_lockfile(file.path):
        return "It is a lockfile, which a package manager writes."
    if not file.hunks and _MEDIA.fullmatch(name):
        return "It is a binary file without code (an image, a font, a document)."
    if not file.hunks and not shown_not:
        return "Nothing in it is new: it is empty, or only its name or mode changed."
    return ""


def _not_by_hand(file: ChangedFile) -> str:
    """Why this file is left out. The pull request itself decides this, so it counts as not reviewed."""
    lines = [line for hunk in file.hunks for line in hunk.lines]
    head = [line.text for line in lines if line.new is not None and line.new <= 5]
    if _VENDORED.intersection(PurePosixPath(file.path).parts[:-1]):
        return "It is vendored: a copy of other people's code."
    if _GENERATED_NAME.search(file.path) or any(_GENERATED_NOTE.search(text) for text in head):
        return "It is generated: review what it is generated from."
    if _MINIFIED_NAME.search(file.path) or any(len(line.text) > LONG_LINE for line in lines):
        return (
            f"It is minified, or has lines of more than {LONG_LINE} characters: review what it is made from."
        )
    return ""


def _unreadable(file: ChangedFile) -> str:
    """Why this file could not be reviewed although one would want to; empty when it can be."""
    texts = [line.text for hunk in file.hunks for line in hunk.lines if line.kind == "added"]
    if any("\ufffd" in text or _SURROGATE.search(text) for text in texts):
        return "The file is not UTF-8. Convert it to UTF-8 to have it reviewed."
    if any("\0" in text for text in texts):
        return "The file is not text: it holds NUL characters."
    return ""
