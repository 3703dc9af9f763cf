"""Output: what is said in the threads that stand, and which of them are resolved or opened again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.forge.markers import Marker
from bot.forge.writes import OwnComment, Reply, SetResolved
from bot.publish import texts
from bot.records import Answer, Examined, Outcome, Rechecked

OVER = {Answer.FIXED: texts.fixed, Answer.REMOVED: texts.removed}  # what ends a thread, and how it is said


def render(
    outcome: Outcome, confirmed: Sequence[Examined], own: Sequence[OwnComment]
) -> tuple[Reply | SetResolved, ...]:
    """A word where the finding's fate changed, then the thread's state. Nothing is said twice in a row.

    A thread in which a person wrote is never resolved, nor opened again; one that a person resolved, or
    opened again after we had resolved it, stays as that person left it.
    """
    rechecked = {one.kept.finding.id: one for one in outcome.rechecked}
    there = {one.finding.id for one in confirmed}
    return tuple(write for one in own for write in _thread(one, outcome.change.head_sha, there, rechecked))


def _thread(
    own: OwnComment, head: str, there: set[str], rechecked: Mapping[str, Rechecked]
) -> Iterator[Reply | SetResolved]:
    run = rechecked.get(own.fingerprint)
    if own.fingerprint in there:
        yield from _still_there(own, head)
    elif run is not None and run.answer in OVER:
        yield from _over(own, head, run.answer)
    elif run is not None and run.answer is Answer.UNKNOWN:
        yield from _unknown(own, head, run.reason)


def _over(own: OwnComment, head: str, answer: Answer) -> Iterator[Reply | SetResolved]:
    last = own.last_note
    if own.is_resolved or (last.said in OVER and last.head != head):
        return
    if last.said not in OVER:
        yield _reply(own, head, answer, OVER[answer](head, is_answered=own.is_answered))
    if not own.is_answered:
        yield SetResolved(own.comment_id, own.thread, head, resolved=True)


def _unknown(own: OwnComment, head: str, reason: str) -> Iterator[Reply | SetResolved]:
    if not own.is_resolved and own.last_note.said not in {"unknown", *OVER}:
        yield _reply(own, head, "unknown", texts.unknown(head, reason))


def _still_there(own: OwnComment, head: str) -> Iterator[Reply | SetResolved]:
    last = own.last_note
    if last.said in OVER:
        yield _reply(own, head, "back", texts.back(head))
    elif own.is_outdated and not own.is_resolved and last.said not in {"back", "still"}:
        yield _reply(own, head, "still", texts.still(head))
    closed_by_us = last.said in OVER or (last.said, last.head) == ("back", head)
    if closed_by_us and own.is_resolved and not own.is_answered:
        yield SetResolved(own.comment_id, own.thread, head, resolved=False)


def _reply(own: OwnComment, head: str, said: str, text: str) -> Reply:
    marker = Marker(head, own.fingerprint, said=said)
    return Reply(own.comment_id, head, said, f"{marker}\n{text}")
