"""`pull_request`: a head to review, or nothing more to review.

A pull request of a bot is reviewed like any other: a name is no reason to let a change pass. Only our own of
all proven fixes goes into a branch that is reviewed once it is there.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from bot.forge.markers import is_stack
from bot.jobs import Inbox, Submitted, effect_of
from bot.records import ClosedPull, Job
from webhooks.answer import BARRED, Answer
from webhooks.delivery import Delivery, Refused

_REVIEWED = frozenset({"opened", "reopened", "synchronize", "ready_for_review", "edited"})
_ASKS_AGAIN = frozenset({"reopened", "ready_for_review", "edited"})
OWN_STACK = Answer("ignored", "It holds proven fixes alone, and is reviewed in the branch that it goes into.")
CLOSED = Answer("cancelled", "The pull request was closed.")
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


def handle(delivery: Delivery, inbox: Inbox) -> Answer:
    """Store the review of a new head, or stop that of a closed pull request and tidy up after it."""
    if delivery.action == "closed":
        return _close(delivery, inbox)
    if _is_own_stack(delivery):
        return OWN_STACK
    if reason := _reason_to_ignore(delivery):
        return Answer("ignored", reason)
    if delivery.action == "edited":
        # What is under way compares with the branch before, by that one's rules: it gives way.
        _stop(delivery, inbox, effect_of(delivery.guid, "base"))
    submitted = inbox.submit(
        _job(delivery),
        delivery.guid,
        changed_at=_changed_at(delivery),
        again=delivery.action in _ASKS_AGAIN,
        lines=sum(delivery.find(int, "pull_request", one) or 0 for one in ("additions", "deletions")),
    )
    return _answer(submitted, Answer("accepted"))


def _close(delivery: Delivery, inbox: Inbox) -> Answer:
    installation = delivery.find(int, "installation", "id")
    if installation is None:  # nothing of the App's can be there to be taken away
        return _stop(delivery, inbox, delivery.guid)
    closed = ClosedPull(
        installation,
        delivery.need(int, "repository", "id"),
        delivery.need(str, "repository", "full_name"),
        delivery.need(int, "pull_request", "number"),
        delivery.guid,
    )
    return _answer(inbox.end(closed, changed_at=_changed_at(delivery)), CLOSED)


def _stop(delivery: Delivery, inbox: Inbox, guid: str) -> Answer:
    submitted = inbox.cancel(
        delivery.need(int, "repository", "id"),
        delivery.need(int, "pull_request", "number"),
        guid,
        changed_at=_changed_at(delivery),
    )
    return _answer(submitted, CLOSED)


def _reason_to_ignore(delivery: Delivery) -> str:
    if delivery.action == "edited" and delivery.find(str, "changes", "base", "ref", "from") is None:
        return "Neither the head nor the base has changed."
    if delivery.action not in _REVIEWED:
        return f"Suture does nothing about pull_request.{delivery.action or '(no action)'}."
    if delivery.find(int, "installation", "id") is None:
        return "The delivery names no installation: it is the webhook of a repository, not that of the App."
    if delivery.find(str, "pull_request", "state") == "closed":
        return "The pull request is closed."
    return ""


def _is_own_stack(delivery: Delivery) -> bool:
    """Whether a bot opened it, or pushed to its own, from a branch of all fixes into another pull request's.

    What anybody else does to such a branch is reviewed like all else, and so is it into another base.
    """
    if delivery.action not in {"opened", "synchronize"} or delivery.find(str, "sender", "type") != "Bot":
        return False
    own = delivery.find(int, "sender", "id") == delivery.find(int, "pull_request", "user", "id")
    home = delivery.find(int, "repository", "id") == delivery.find(int, "pull_request", "head", "repo", "id")
    return own and home and is_stack(delivery.find(str, "pull_request", "head", "ref") or "")


def _job(delivery: Delivery) -> Job:
    head_sha = delivery.need(str, "pull_request", "head", "sha")
    if not _SHA.fullmatch(head_sha):
        raise Refused(HTTPStatus.BAD_REQUEST, "The payload's pull_request.head.sha is not a commit's id.")
    return Job(
        installation_id=delivery.need(int, "installation", "id"),
        repository_id=delivery.need(int, "repository", "id"),
        repository=delivery.need(str, "repository", "full_name"),
        number=delivery.need(int, "pull_request", "number"),
        head_sha=head_sha,
        delivery=delivery.guid,
        # Whether drafts are reviewed is the repository's word, which only the job can read
        draft=bool(delivery.find(bool, "pull_request", "draft")) and delivery.action != "ready_for_review",
    )


def _changed_at(delivery: Delivery) -> str:
    changed_at = delivery.find(str, "pull_request", "updated_at") or ""
    return changed_at if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", changed_at) else ""


def _answer(submitted: Submitted, stored: Answer) -> Answer:
    match submitted:
        case Submitted.NEW:
            return stored
        case Submitted.DUPLICATE:
            return Answer("duplicate", "This delivery, or the review of this head, was stored before.")
        case Submitted.STALE:
            return Answer("ignored", "A newer delivery of this pull request came before this one.")
        case Submitted.BARRED:
            return Answer("ignored", BARRED)
