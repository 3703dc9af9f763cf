"""Planning: carrying out a plan, or a part of it twice, always ends in the same place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.forge.markers import Marker, find
from bot.forge.writes import (
    CommitFix,
    CompleteCheck,
    FileContent,
    Note,
    OwnComment,
    PostReview,
    PullState,
    Reply,
    SetResolved,
    UpdateComment,
    Write,
)
from bot.publish.plan import Facts, Fixes, plan
from bot.records import (
    MOST_INLINE,
    Answer,
    Change,
    ChangedFile,
    Conclusion,
    Examined,
    Hunk,
    KeptTest,
    Line,
    Outcome,
    Proof,
    Rechecked,
    Verdict,
)
from tests.fakes.published import TEST, proven
from tests.fakes.records import BASE, HEAD, a_finding

LINES = 60
FACTS = Facts(7, "1:7:head", "https://git.example/acme/shop")


def a_change(head: str = HEAD, head_repository: str | None = "acme/shop") -> Change:
    rows = tuple(Line("added", None, number, f"line {number}") for number in range(1, LINES + 1))
    file = ChangedFile("shop/customers.py", "added", (Hunk("shop/customers.py", "", rows),))
    return Change(BASE, head, (file,), repository="acme/shop", number=7, head_repository=head_repository)


def an_examined(number: int, verdict: Verdict = Verdict.PROVEN) -> Examined:
    """A finding on line `number`; beyond the last line it lies outside the diff."""
    finding = a_finding(id=f"{number:016x}", start_line=number, end_line=number)
    one = proven(finding=finding)
    if verdict is Verdict.PROVEN:
        return one
    return replace(one, patch=None, proof=Proof(verdict, one.proof.gates, one.proof.runs))


def an_outcome(*examined: Examined, change: Change | None = None) -> Outcome:
    return Outcome(change or a_change(), Conclusion.FINDINGS, examined)


def fixes(outcome: Outcome) -> Fixes:
    return Fixes({one.finding.id: (FileContent("x.py", b"fixed"),) for one in outcome.examined})


def carried_out(state: PullState, write: Write) -> PullState:
    """What the forge's state is after a write: the rules of bot.forge.carry_out in a few lines."""
    match write:
        case CommitFix():
            others = tuple(one for one in state.fix_branches if one[0] != write.branch)
            return replace(state, fix_branches=(*others, (write.branch, "c" * 40)))
        case PostReview():
            made = tuple(
                OwnComment(len(state.own_comments) + number, one.fingerprint, one.body)
                for number, one in enumerate(write.comments)
            )
            heads = (*state.reviewed_heads, write.head_sha)
            return replace(state, own_comments=state.own_comments + made, reviewed_heads=heads)
        case UpdateComment():
            mended = tuple(
                replace(one, body=write.body) if one.comment_id == write.comment_id else one
                for one in state.own_comments
            )
            return replace(state, own_comments=mended)
        case Reply():
            note = Note(write.said, write.head_sha)
            return with_thread(state, write, lambda one: replace(one, notes=(*one.notes, note)))
        case SetResolved():
            return with_thread(state, write, lambda one: replace(one, is_resolved=write.resolved))
        case _:
            return state


def with_thread(
    state: PullState, write: Reply | SetResolved, change: Callable[[OwnComment], OwnComment]
) -> PullState:
    own = tuple(change(one) if one.comment_id == write.comment_id else one for one in state.own_comments)
    return replace(state, own_comments=own)


def kinds(writes: tuple[Write, ...]) -> list[type]:
    return [type(one) for one in writes]


verdicts = st.sampled_from([Verdict.PROVEN, Verdict.REPRODUCED, Verdict.UNPROVEN])
outcomes = st.dictionaries(st.integers(1, LINES + 5), verdicts, max_size=8).map(
    lambda found: an_outcome(*(an_examined(number, verdict) for number, verdict in found.items()))
)


@given(outcomes, st.integers(0, 12), st.booleans())
def test_any_part_of_a_plan_and_then_a_new_plan_converge(outcome: Outcome, done: int, again: bool) -> None:
    """After a crash at any write the next plan does what is missing, and then none is left."""
    state = PullState(HEAD, is_open=True)
    straight = state
    for write in plan(outcome, state, FACTS, fixes(outcome)):
        straight = carried_out(straight, write)
    for write in plan(outcome, state, FACTS, fixes(outcome))[:done]:
        state = carried_out(state, write)
    for _ in range(1 + again):
        for write in plan(outcome, state, FACTS, fixes(outcome)):
            state = carried_out(state, write)

    assert set(state.fix_branches) == set(straight.fix_branches)
    assert {one.body for one in state.own_comments} == {one.body for one in straight.own_comments}
    assert len(state.own_comments) == len(straight.own_comments)
    assert kinds(plan(outcome, state, FACTS, fixes(outcome))) == [CompleteCheck]


fates = st.sampled_from([Answer.FIXED, Answer.UNKNOWN, None])  # None: the new review confirms it
threads = st.builds(
    OwnComment,
    st.just(0),
    st.just(f"{1:016x}"),
    st.just("old"),
    st.just("thread"),
    is_resolved=st.booleans(),
    is_outdated=st.booleans(),
    is_answered=st.booleans(),
    notes=st.lists(
        st.builds(
            Note, st.sampled_from(["fixed", "back", "still", "unknown"]), st.sampled_from([BASE, HEAD])
        ),
        max_size=2,
    ).map(tuple),
)


@given(threads, fates, st.integers(0, 3))
def test_a_thread_comes_to_rest(thread: OwnComment, fate: Answer | None, done: int) -> None:
    """Whatever stands there and wherever a worker died, the next plan but one has nothing to say.

    A thread in which a person wrote is never resolved or opened, and no two replies in a row say the same.
    """
    finding = an_examined(1)
    kept = KeptTest(finding.finding, TEST, ())
    outcome = an_outcome(finding)
    if fate is not None:
        outcome = replace(an_outcome(), rechecked=(Rechecked(kept, fate),))
    state = PullState(HEAD, is_open=True, own_comments=(thread,))
    straight = state
    for write in plan(outcome, state, FACTS, Fixes()):
        straight = carried_out(straight, write)
    for write in plan(outcome, state, FACTS, Fixes())[:done]:
        state = carried_out(state, write)
    for write in plan(outcome, state, FACTS, Fixes()):
        state = carried_out(state, write)

    (end,) = state.own_comments
    assert state == straight
    assert kinds(plan(outcome, state, FACTS, Fixes())) == [CompleteCheck]
    assert not thread.is_answered or end.is_resolved == thread.is_resolved
    new = end.notes[max(len(thread.notes) - 1, 0) :]
    assert all(one.said != other.said for one, other in pairwise(new))


@given(outcomes, outcomes)
def test_a_new_head_updates_and_never_repeats(first: Outcome, second: Outcome) -> None:
    """One comment a finding over all heads, with one writing of it a head."""
    state = PullState(HEAD, is_open=True)
    for write in plan(first, state, FACTS, fixes(first)):
        state = carried_out(state, write)
    head = "d" * 40
    state = replace(state, head_sha=head)
    second = replace(second, change=a_change(head))
    for write in plan(second, state, FACTS, fixes(second)):
        state = carried_out(state, write)

    fingerprints = [one.fingerprint for one in state.own_comments]
    assert len(fingerprints) == len(set(fingerprints))
    assert kinds(plan(second, state, FACTS, fixes(second))) == [CompleteCheck]


def test_order_and_content() -> None:
    """Commits first, so that comments can name them; then the review; the check run ends it."""
    outcome = an_outcome(an_examined(1), an_examined(2, Verdict.REPRODUCED), an_examined(3, Verdict.UNPROVEN))

    commit, review, check = plan(outcome, PullState(HEAD, is_open=True), FACTS, fixes(outcome))

    assert isinstance(commit, CommitFix)
    assert commit.branch == "suture/fix/pr-7-00000000-aaaaaaa"
    assert commit.base_sha == HEAD
    assert isinstance(review, PostReview)
    assert [one.line for one in review.comments] == [1, 2]
    assert commit.branch in review.comments[0].body
    assert find(review.comments[0].body) == Marker(HEAD, f"{1:016x}")
    assert isinstance(check, CompleteCheck)
    assert (check.conclusion, check.annotations) == ("neutral", ())


def test_no_more_inline_than_github_takes() -> None:
    """The rest become annotations, as do findings that GitHub shows no line of; the summary says how many."""
    outcome = an_outcome(*(an_examined(number, Verdict.REPRODUCED) for number in range(1, LINES + 6)))

    review, check = plan(outcome, PullState(HEAD, is_open=True), FACTS, Fixes())

    assert isinstance(review, PostReview)
    assert isinstance(check, CompleteCheck)
    assert len(review.comments) == MOST_INLINE
    assert len(check.annotations) == LINES + 5 - MOST_INLINE
    assert f"{LINES + 5 - MOST_INLINE} of these have no comment" in check.summary


def test_nothing_of_a_replaced_head_or_a_closed_pull_request() -> None:
    """The check run alone is ended: cancelled for the one, complete for the other."""
    outcome = an_outcome(an_examined(1))

    (moved,) = plan(outcome, PullState("e" * 40, is_open=True), FACTS, fixes(outcome))
    (closed,) = plan(outcome, PullState(HEAD, is_open=False), FACTS, fixes(outcome))

    assert isinstance(moved, CompleteCheck)
    assert isinstance(closed, CompleteCheck)
    assert (moved.conclusion, closed.conclusion) == ("cancelled", "neutral")


@pytest.mark.parametrize("head_repository", ["eve/shop", None])
def test_no_branch_for_a_fork(head_repository: str | None) -> None:
    """A stranger's code is not put where this repository's workflows run it."""
    outcome = an_outcome(an_examined(1), change=a_change(head_repository=head_repository))

    writes = plan(outcome, PullState(HEAD, is_open=True), FACTS, fixes(outcome))

    assert kinds(writes) == [PostReview, CompleteCheck]


def test_no_branch_for_workflows() -> None:
    """A fix of a workflow takes a permission that the App does not ask for."""
    outcome = an_outcome(an_examined(1))
    files = Fixes({f"{1:016x}": (FileContent(".github/workflows/ci.yml", b""),)})

    assert kinds(plan(outcome, PullState(HEAD, is_open=True), FACTS, files)) == [PostReview, CompleteCheck]


def test_a_branch_without_its_commit_is_finished() -> None:
    """A branch that still points at the head was made by somebody who died before the commit."""
    outcome = an_outcome(an_examined(1))
    begun = PullState(HEAD, is_open=True, fix_branches=(("suture/fix/pr-7-00000000-aaaaaaa", HEAD),))

    assert kinds(plan(outcome, begun, FACTS, fixes(outcome)))[0] is CommitFix


def test_a_commit_message_does_nothing() -> None:
    """No mention, no reference, no order to skip checks comes of a path."""
    one = an_examined(1)
    one = replace(one, finding=replace(one.finding, path="[skip ci] @admin fixes #1.py"))

    commit = plan(an_outcome(one), PullState(HEAD, is_open=True), FACTS, fixes(an_outcome(one)))[0]

    assert isinstance(commit, CommitFix)
    assert len(commit.subject) <= 72
    for active in ("[skip ci]", "@admin", "#1"):
        assert active not in commit.subject + commit.body
