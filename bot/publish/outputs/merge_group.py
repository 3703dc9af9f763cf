"""Output: the check run on a merge queue's commit, which says what the pull request's own one says."""

from __future__ import annotations

from bot.forge.merge_groups import Seen
from bot.forge.writes import CheckConclusion, CompleteCheck
from bot.publish import texts
from bot.publish.neutral import cut, prose, visible
from bot.records import MergeGroup

_SAME: dict[str, CheckConclusion] = {"success": "success", "failure": "failure"}


def render(group: MergeGroup, seen: Seen | None) -> CompleteCheck:
    """Success and failure as on the pull request; neutral, which lets the queue go on, for all else."""
    external_id = f"{group.repository_id}:{group.number}:{group.head_sha}"
    if seen is None:
        title, summary = texts.queued_unseen(group.number), texts.QUEUED_UNSEEN
        return CompleteCheck(group.head_sha, external_id, "neutral", title, summary, "")
    title = cut(visible(f"#{group.number}: {seen.title}").replace("\n", " "), 255)
    summary = texts.queued(group.number, seen.head_sha, prose(seen.title))
    return CompleteCheck(
        group.head_sha, external_id, _SAME.get(seen.conclusion, "neutral"), title, summary, ""
    )
