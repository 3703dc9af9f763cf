"""Output: one batched review, an inline comment for every confirmed finding; older comments are updated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.forge.markers import Marker, find, review_marker
from bot.forge.writes import OwnComment, PostReview, ReviewComment, UpdateComment
from bot.publish import neutral, texts
from bot.publish.comment import Links, comment
from bot.publish.evidence import same_but_times
from bot.publish.suggestion import Suggestion, suggestion
from bot.records import MOST_INLINE, Change, Examined


@dataclass(frozen=True, slots=True)
class Mend:
    """How the fix of one finding reached the forge: on this branch, or not, and why not."""

    branch: str = ""
    refused: str = ""


def render(
    confirmed: Sequence[Examined],
    change: Change,
    own: Sequence[OwnComment],
    web: str,
    mends: Mapping[str, Mend],
    most: int = MOST_INLINE,
) -> tuple[tuple[UpdateComment | PostReview, ...], tuple[Examined, ...]]:
    """Updates of the comments that stand there and one review with the new ones; and who got no comment.

    `mends` has an entry for every finding's fingerprint; `most` comments of one head are made.
    """
    standing = {one.fingerprint: one for one in own}
    # What this head's review has posted already counts, or a second try would post what the first had folded.
    room = most - sum(_head_of(one) == change.head_sha for one in own)
    new: list[ReviewComment] = []
    updates: list[UpdateComment] = []
    rest: list[Examined] = []
    for one in confirmed:
        key = one.finding.id
        if there := standing.get(key):
            update = _updated(there, one, change, web, mends[key])
            updates += [update] if update else []
            continue
        comment = _new_comment(one, change, web, mends[key])
        if comment and len(new) < room:
            new.append(comment)
        else:
            rest.append(one)
    return (*updates, *_reviews(change, tuple(new))), tuple(rest)


def _new_comment(one: Examined, change: Change, web: str, mend: Mend) -> ReviewComment | None:
    """The inline comment, on lines that GitHub shows; None where it shows none of the finding."""
    finding, head = one.finding, change.head_sha
    suggested = _suggested(one, change)
    start, end = finding.start_line, finding.end_line
    if suggested:
        start, end = suggested.start_line, suggested.end_line
    if not _is_shown(change, finding.path, start, end):
        return None
    links = Links(web, mend.branch, head)
    body = comment(one, Marker(head, finding.id), links, suggested, mend.refused)
    place = neutral.code(f"{finding.path}:{finding.start_line}")
    return ReviewComment(finding.id, finding.path, end, None if start == end else start, body, place)


def _updated(own: OwnComment, one: Examined, change: Change, web: str, mend: Mend) -> UpdateComment | None:
    """The comment that stands there, brought up to date; None when it says the same already."""
    head = change.head_sha
    marker = find(own.body) or Marker(head, own.fingerprint)
    suggested = _suggested(one, change)
    if suggested and marker.head != head and (own.is_outdated or suggested.block() not in own.body):
        suggested = None  # the comment keeps its lines, and this could replace the wrong ones
    body = comment(one, marker, Links(web, mend.branch, head), suggested, mend.refused)
    return None if same_but_times(own.body, body) else UpdateComment(own.comment_id, body)


def _head_of(own: OwnComment) -> str:
    marker = find(own.body)
    return marker.head if marker else ""


def _reviews(change: Change, comments: tuple[ReviewComment, ...]) -> tuple[PostReview, ...]:
    if not comments:
        return ()
    marker = review_marker(change.head_sha, [one.fingerprint for one in comments])
    return (PostReview(change.head_sha, texts.review_body(marker, len(comments)), comments),)


def _suggested(one: Examined, change: Change) -> Suggestion | None:
    made = suggestion(one.patch, change.hunks) if one.patch else None
    return made if made and made.path == one.finding.path else None


def _is_shown(change: Change, path: str, start: int, end: int) -> bool:
    lines = range(start, end + 1)
    return any(hunk.path == path and hunk.new_lines.issuperset(lines) for hunk in change.hunks)
