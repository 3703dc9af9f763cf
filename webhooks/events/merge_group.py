"""`merge_group`: a merge queue waits for required checks on a commit of its own."""

from __future__ import annotations

import re
from http import HTTPStatus

from bot.jobs import Inbox, Submitted
from bot.records import MergeGroup
from webhooks.answer import BARRED, Answer
from webhooks.delivery import Delivery, Refused

# refs/heads/gh-readonly-queue/BASE/pr-NUMBER-SHA, where BASE may hold slashes
_REF = re.compile(r"refs/heads/gh-readonly-queue/.+/pr-([0-9]{1,18})-([0-9a-f]{40,64})")
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


def handle(delivery: Delivery, inbox: Inbox) -> Answer:
    """Let a worker answer the queue, from the review of the pull request that the group was made for.

    Those before it in the queue have groups of their own, so none is answered for by another's.
    """
    if delivery.action != "checks_requested":
        return Answer("ignored", f"Suture does nothing about merge_group.{delivery.action or '(none)'}.")
    if delivery.find(int, "installation", "id") is None:
        return Answer("ignored", "The delivery names no installation: it is the webhook of a repository.")
    named = _REF.fullmatch(delivery.need(str, "merge_group", "head_ref"))
    if named is None:
        return Answer("ignored", "The merge group's branch names no pull request.")
    head_sha = delivery.need(str, "merge_group", "head_sha")
    if not _SHA.fullmatch(head_sha):
        raise Refused(HTTPStatus.BAD_REQUEST, "The payload's merge_group.head_sha is not a commit's id.")
    group = MergeGroup(
        installation_id=delivery.need(int, "installation", "id"),
        repository_id=delivery.need(int, "repository", "id"),
        repository=delivery.need(str, "repository", "full_name"),
        number=int(named[1]),
        head_sha=head_sha,
        delivery=delivery.guid,
    )
    match inbox.group(group):
        case Submitted.DUPLICATE:
            return Answer("duplicate", "This delivery was stored before.")
        case Submitted.BARRED:
            return Answer("ignored", BARRED)
        case _:
            return Answer("accepted")
