"""The review stage: the whole change in, anchored findings out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.errors import ReviewerError
from bot.records import Claim, Declined, Dropped, Finding, Hunk, NotReviewed, Review
from bot.review.anchors import Anchor, find_anchor
from bot.review.claude.call import Caller, Request, ask
from bot.review.claude.material import Shown
from bot.review.claude.schema import (
    MalformedReply,
    ReviewReply,
    SaidFinding,
    SaidNotExamined,
    read_reply,
)
from bot.review.claude.slices import Source, parse_source, scope_of
from bot.review.claude.sources import read_source
from bot.review.fingerprint import fingerprint

NOT_ANCHORED = "could not be anchored: the quoted code does not stand at one certain place of the diff"
SAID_TWICE = "the same weakness was reported twice for these lines"


def review(caller: Caller, model: str, shown: Shown, tree: Path) -> Review:
    """What the model says of the hunks shown. Raises ReviewerError when it cannot be had."""
    if not shown.hunks:
        return Review(not_reviewed=shown.not_reviewed)
    task = caller.prompts.review.fill()

    def read(text: str) -> ReviewReply:
        return _checked(read_reply(text, ReviewReply), shown.hunks)

    reply = ask(caller, Request("review", model, shown.text, task), read)
    if reply.refusal:
        places = tuple(place(hunk) for hunk in shown.hunks)
        declined = Declined("review", reply.model, reply.refusal, places)
        return Review(not_reviewed=shown.not_reviewed, declined=(declined,), usage=reply.usage)
    if reply.value is None:
        raise ReviewerError(f"{reply.model} replied twice in a form that cannot be used: {reply.problem}")
    findings, dropped = _place(reply.value.findings, shown.hunks, tree)
    skipped = tuple(_not_examined(one, shown.hunks) for one in reply.value.not_examined)
    return Review(findings, dropped, shown.not_reviewed + skipped, usage=reply.usage)


def place(hunk: Hunk) -> str:
    """A hunk as "path:line" for people: the first line that was added, else the first it shows."""
    return f"{hunk.path}:{min(hunk.added or hunk.new_lines or {0})}"


def _checked(reply: ReviewReply, hunks: Sequence[Hunk]) -> ReviewReply:
    unknown = [one.hunk for one in reply.not_examined if not 1 <= int(one.hunk[1:]) <= len(hunks)]
    if unknown:
        raise MalformedReply(f"not_examined names hunks that were not shown: {', '.join(unknown)}")
    return reply


def _not_examined(said: SaidNotExamined, hunks: Sequence[Hunk]) -> NotReviewed:
    hunk = hunks[int(said.hunk[1:]) - 1]
    return NotReviewed(hunk.path, f"from line {place(hunk).rpartition(':')[2]}: {said.reason}")


def _place(
    said: Sequence[SaidFinding], hunks: Sequence[Hunk], tree: Path
) -> tuple[tuple[Finding, ...], tuple[Dropped, ...]]:
    findings: list[Finding] = []
    dropped: list[Dropped] = []
    for one in said:
        anchor = find_anchor(hunks, one.label, one.quote)
        if anchor is None:
            dropped.append(_dropped(one, hunks, NOT_ANCHORED))
            continue
        finding = _finding(one, anchor, tree)
        if any(finding.id == other.id for other in findings):
            dropped.append(_dropped(one, hunks, SAID_TWICE))
        else:
            findings.append(finding)
    return tuple(findings), tuple(dropped)


def _dropped(said: SaidFinding, hunks: Sequence[Hunk], reason: str) -> Dropped:
    number = int(said.label[1:].partition(".")[0])
    path = hunks[number - 1].path if 1 <= number <= len(hunks) else ""
    return Dropped(said.title, path, 0, said.cwe, reason, "review")


def _finding(said: SaidFinding, anchor: Anchor, tree: Path) -> Finding:
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
        confidence=said.confidence,
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
