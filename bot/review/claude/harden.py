"""Fix first: the model is asked for the hardened code, and what it changes tells what was wrong."""

from __future__ import annotations

from difflib import SequenceMatcher
from pathlib import Path

from bot.errors import ReviewerError
from bot.records import Confidence, Dropped, Edit, Hunk, Review
from bot.review.anchors import Anchor
from bot.review.claude.call import Caller, Request, ask, declined_by
from bot.review.claude.edits import checked_edit
from bot.review.claude.findings import make_finding, need_known_hunks, not_examined, place
from bot.review.claude.material import Shown
from bot.review.claude.schema import HardenReply, read_reply
from bot.review.claude.sources import read_source
from bot.review.claude.voice import Voice

OUTSIDE = "the hardened lines are not lines of the change"
AGAIN = "the same lines were hardened twice for the same weakness"


def harden(caller: Caller, voice: Voice, shown: Shown, tree: Path) -> Review:
    """What the models would harden in the hunks shown, as findings. Raises ReviewerError for faults."""

    def read(text: str) -> HardenReply:
        reply = read_reply(text, HardenReply)
        need_known_hunks(reply.not_examined, shown.hunks)
        for one in reply.hardenings:
            checked_edit(one.edit, tree)
        return reply

    reply = ask(caller, Request("harden", voice, shown, caller.prompts.harden.fill()), read)
    if reply.refused:
        declined = declined_by(reply.refusals, "harden", tuple(place(hunk) for hunk in shown.hunks))
        return Review(not_reviewed=shown.not_reviewed, declined=(declined,), usage=reply.usage)
    if reply.value is None:
        raise ReviewerError(f"{reply.model} replied twice in a form that cannot be used: {reply.problem}")
    skipped = tuple(not_examined(one, shown.hunks) for one in reply.value.not_examined)
    found = _found(reply.value, shown.hunks, tree)
    return Review(found.findings, found.dropped, shown.not_reviewed + skipped, usage=reply.usage)


def _found(reply: HardenReply, hunks: tuple[Hunk, ...], tree: Path) -> Review:
    found = Review()
    for one in reply.hardenings:
        anchor = changed_rows(checked_edit(one.edit, tree), hunks, tree)
        finding = make_finding(one, Confidence.MEDIUM, anchor, tree) if anchor else None
        if finding is not None and all(finding.id != other.id for other in found.findings):
            found = Review((*found.findings, finding), found.dropped)
        else:
            why = OUTSIDE if finding is None else AGAIN
            gone = Dropped(one.title, one.edit.path, 0, one.cwe, why, "review")
            found = Review(found.findings, (*found.dropped, gone))
    return found


def changed_rows(edit: Edit, hunks: tuple[Hunk, ...], tree: Path) -> Anchor | None:
    """The rows that the edit changes, or stands next to, as far as one hunk shows them; None for none."""
    text = read_source(tree, edit.path) or ""
    rows = text.split("\n")
    start = text[: text.index(edit.old)].count("\n") if edit.old in text else 0
    old, new = edit.old.split("\n"), edit.new.split("\n")
    touched: set[int] = set()
    for tag, first, last, _, _ in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            touched |= set(range(first, max(last, first + 1)))
    lines = {start + row + 1 for row in touched if row < len(old)} or {start + len(old)}
    for hunk in hunks:
        shown = sorted(lines & set(hunk.new_lines)) if hunk.path == edit.path else []
        if shown:
            first, last = shown[0], shown[-1]
            if any(line not in hunk.new_lines for line in range(first, last + 1)):
                last = first
            quote = "\n".join(row.rstrip("\r") for row in rows[first - 1 : last])
            return Anchor(hunk, first, last, quote)
    return None
