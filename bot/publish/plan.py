"""From the outcome and what stands on the pull request to the writes that are missing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.forge.writes import CommitFix, FileContent, PullState, SetResolved, Write
from bot.publish.outputs import check_run, fix_commits, review_comments, stacked, threads
from bot.publish.outputs.review_comments import Mend
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
    """The writes, in order: fix commits, comments, threads, check run. In the end only the last is left.

    Only what a run has confirmed is said inline. Of a head that was replaced, nothing is said.
    """
    change = outcome.change
    if state.head_sha != change.head_sha:
        return (check_run.cancelled(change, facts.external_id),)
    if not state.is_open:
        return (check_run.render(outcome, facts.external_id, (), state.check_run_id),)
    confirmed = [one for one in outcome.examined if one.verdict is not Verdict.UNPROVEN]
    spoken = _spoken_of(confirmed, outcome, state)
    commits = {one.finding.id: _commit(one, outcome, facts, fixes) for one in spoken}
    mends = {key: _mend(key, commit, outcome, fixes) for key, commit in commits.items()}
    comments, rest = review_comments.render(
        spoken, change, state.own_comments, facts.web, mends, outcome.policy.inline_comments
    )
    stacks = stacked.render(outcome, state, facts.number, [one for one in commits.values() if one])
    return (
        *(
            replace(one, repository_node=state.repository_node)
            for one in commits.values()
            if one and not _is_there(one, state)
        ),
        *comments,
        *stacks,
        *_in_threads(outcome, confirmed, state),
        check_run.render(
            outcome,
            facts.external_id,
            rest,
            state.check_run_id,
            state.lacks,
            len(confirmed) - len(spoken),
            stacked.link(stacks, facts.web),
        ),
    )


def _in_threads(outcome: Outcome, confirmed: list[Examined], state: PullState) -> tuple[Write, ...]:
    """What is said there; without the right to write contents none is resolved."""
    told = threads.render(outcome, confirmed, state.own_comments)
    return tuple(one for one in told if not (state.lacks and isinstance(one, SetResolved)))


def _spoken_of(confirmed: list[Examined], outcome: Outcome, state: PullState) -> list[Examined]:
    """Those that the diff gets a comment for: grave enough, or spoken of there already."""
    least = outcome.policy.comment_from.rank
    there = {one.fingerprint for one in state.own_comments}
    return [one for one in confirmed if one.finding.severity.rank >= least or one.finding.id in there]


def _commit(one: Examined, outcome: Outcome, facts: Facts, fixes: Fixes) -> CommitFix | None:
    key = one.finding.id
    if one.verdict is not Verdict.PROVEN or key in fixes.refused:
        return None
    return fix_commits.render(one, outcome.change, facts.number, fixes.files.get(key, ()))


def _mend(key: str, commit: CommitFix | None, outcome: Outcome, fixes: Fixes) -> Mend:
    if commit:
        return Mend(branch=commit.branch)
    return Mend(refused=fixes.refused.get(key) or fix_commits.why_not_here(outcome.change))


def _is_there(commit: CommitFix, state: PullState) -> bool:
    """The branch's name holds finding and head; its tip is the head only until the commit is made."""
    return any(name == commit.branch and tip != commit.base_sha for name, tip in state.fix_branches)
