"""From the outcome and what stands on the pull request to the writes that are missing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.forge.writes import CommitFix, FileContent, PullState, ReviewComment, UpdateComment, Write
from bot.publish.outputs.check_run import cancelled, complete_check
from bot.publish.outputs.fix_commits import commit_fix, why_not_here
from bot.publish.outputs.review_comments import MOST_INLINE, Mend, new_comment, post_review, updated
from bot.records import Examined, Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Facts:
    """What planning needs to know of the job."""

    number: int
    external_id: str  # of the check run
    web: str  # https://HOST/OWNER/NAME


@dataclass(frozen=True, slots=True)
class Fixes:
    """The files of every fix commit by fingerprint, and, for those that the forge refused, its words."""

    files: Mapping[str, tuple[FileContent, ...]] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)


def plan(outcome: Outcome, state: PullState, facts: Facts, fixes: Fixes) -> tuple[Write, ...]:
    """The writes, in order: fix commits, comments, check run. Once carried out, only the last is left.

    Only what a run has confirmed is said inline. Of a head that was replaced, nothing is said.
    """
    change = outcome.change
    if state.head_sha != change.head_sha:
        return (cancelled(change, facts.external_id),)
    if not state.is_open:
        return (complete_check(outcome, facts.external_id, ()),)
    confirmed = [one for one in outcome.examined if one.verdict is not Verdict.UNPROVEN]
    commits = {one.finding.id: _commit(one, outcome, facts, fixes) for one in confirmed}
    mends = {key: _mend(key, commit, outcome, fixes) for key, commit in commits.items()}
    new, updates, rest = _comments(confirmed, outcome, state, facts, mends)
    review = post_review(change, new)
    return (
        *(one for one in commits.values() if one and not _is_there(one, state)),
        *updates,
        *((review,) if review else ()),
        complete_check(outcome, facts.external_id, rest),
    )


def _commit(one: Examined, outcome: Outcome, facts: Facts, fixes: Fixes) -> CommitFix | None:
    key = one.finding.id
    if one.verdict is not Verdict.PROVEN or key in fixes.refused:
        return None
    return commit_fix(one, outcome.change, facts.number, fixes.files.get(key, ()))


def _mend(key: str, commit: CommitFix | None, outcome: Outcome, fixes: Fixes) -> Mend:
    if commit:
        return Mend(branch=commit.branch)
    return Mend(refused=fixes.refused.get(key) or why_not_here(outcome.change))


def _is_there(commit: CommitFix, state: PullState) -> bool:
    """The branch's name holds finding and head; its tip is the head only until the commit is made."""
    return any(name == commit.branch and tip != commit.base_sha for name, tip in state.fix_branches)


def _comments(
    confirmed: list[Examined], outcome: Outcome, state: PullState, facts: Facts, mends: Mapping[str, Mend]
) -> tuple[tuple[ReviewComment, ...], tuple[UpdateComment, ...], tuple[Examined, ...]]:
    """New comments, updates of those that stand there, and the findings for which no comment can stand."""
    own = {one.fingerprint: one for one in state.own_comments}
    new: list[ReviewComment] = []
    updates: list[UpdateComment] = []
    rest: list[Examined] = []
    for one in confirmed:
        key = one.finding.id
        if there := own.get(key):
            update = updated(there, one, outcome.change, facts.web, mends[key])
            updates += [update] if update else []
            continue
        comment = new_comment(one, outcome.change, facts.web, mends[key])
        if comment and len(new) < MOST_INLINE:
            new.append(comment)
        else:
            rest.append(one)
    return tuple(new), tuple(updates), tuple(rest)
