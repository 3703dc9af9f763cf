"""What a model says of a change, as records of ours: findings, and hunks that it could not judge."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.records import Claim, Confidence, Finding, Hunk, NotReviewed
from bot.review.anchors import Anchor
from bot.review.claude.schema import MalformedReply, SaidFinding, SaidHardening, SaidNotExamined
from bot.review.claude.slices import Source, parse_source, scope_of
from bot.review.claude.sources import read_source
from bot.review.fingerprint import fingerprint

Said = SaidFinding | SaidHardening


def place(hunk: Hunk) -> str:
    """A hunk as "path:line" for people: the first line that was added, else the first it shows."""
    return f"{hunk.path}:{min(hunk.added or hunk.new_lines or {0})}"


def need_known_hunks(said: Sequence[SaidNotExamined], hunks: Sequence[Hunk]) -> None:
    """Raises MalformedReply for hunks that were not shown."""
    unknown = [one.hunk for one in said if not 1 <= int(one.hunk[1:]) <= len(hunks)]
    if unknown:
        raise MalformedReply(f"not_examined names hunks that were not shown: {', '.join(unknown)}")


def not_examined(said: SaidNotExamined, hunks: Sequence[Hunk]) -> NotReviewed:
    """The hunk by its file and first line, with the model's reason."""
    hunk = hunks[int(said.hunk[1:]) - 1]
    return NotReviewed(hunk.path, f"from line {place(hunk).rpartition(':')[2]}: {said.reason}")


def make_finding(said: Said, confidence: Confidence, anchor: Anchor, tree: Path) -> Finding:
    """The finding at this anchor, with a fingerprint that survives moves."""
    path = anchor.hunk.path
    text = read_source(tree, path)
    source = parse_source(path, text) if text is not None else None
    scope = scope_of(source, anchor.start_line) if source is not None else ""
    before = _same_code_above(source, anchor, scope) if source is not None else 0
    return Finding(
        id=fingerprint(path, said.cwe, anchor.quote, scope, before),
        path=path,
        start_line=anchor.start_line,
        end_line=anchor.end_line,
        cwe=said.cwe,
        severity=said.severity,
        confidence=confidence,
        title=said.title,
        explanation=said.explanation,
        impact=said.impact,
        claim=Claim(said.claim.entry, said.claim.input, said.claim.bad, said.claim.good),
        quote=anchor.quote,
        reviewer="claude",
    )


def _same_code_above(source: Source, anchor: Anchor, scope: str) -> int:
    """How often the same lines stand further up in the same scope, so that twins have ids of their own."""
    quote = tuple(anchor.quote.split("\n"))
    starts = range(min(anchor.start_line - 1, len(source.lines)))
    return sum(
        source.lines[start : start + len(quote)] == quote and scope_of(source, start + 1) == scope
        for start in starts
    )
