"""One pull request of all proven fixes: made, kept to the head, and gone with its parent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.demo.github import close, git, open_pull_request, push_files
from bot.demo.github.records import PullRequest
from bot.errors import ForgeUnavailable
from bot.forge.markers import TRAILER
from bot.records import ClosedPull, Examined, FixDelivery, Outcome
from bot.service import close_runner
from bot.step import straight
from tests.fakes.published import AFTER, PATH, findings, proven
from tests.fakes.talk import Talk, talk
from tests.fakes.workers import wait_until
from tests.flow.test_apply import ID, OTHER, OTHER_ID, other


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Talk]:
    """Two files with the same defect, of which each has a finding of its own."""
    with talk(tmp_path, {PATH: AFTER, OTHER: AFTER}) as made:
        yield made


def outcome(one: Talk, *examined: Examined, how: FixDelivery = FixDelivery.STACKED) -> Outcome:
    return replace(findings(one.there.forge().collect(), *examined), fix_delivery=how)


def publish(one: Talk, *examined: Examined, how: FixDelivery = FixDelivery.STACKED) -> None:
    told = outcome(one, *examined, how=how)
    if not examined:
        told = replace(told, examined=())
    one.there.publisher().publish(told, straight)


def stacks(one: Talk) -> list[PullRequest]:
    """The pull requests beside the first."""
    return [each for each in one.there.state.pulls if each is not one.there.pull]


def branches(one: Talk) -> list[str]:
    return [name for name in git.refs(one.there.repository.path, "refs/heads/suture/") if "-all-" in name]


def held(one: Talk, stack: PullRequest) -> list[str]:
    """The findings whose commits the pull request has, the oldest first."""
    shown = ("log", "--reverse", f"--format=%(trailers:key={TRAILER},valueonly)")
    into = f"{one.there.pull.head_sha}..{stack.head_sha}"
    return git.git(one.there.repository.path, *shown, into).decode().split()


def tidy_up(one: Talk) -> None:
    job = one.there.job()
    closed = ClosedPull(job.installation_id, job.repository_id, job.repository, 1, "closing")
    close_runner(one.settings)(closed)


def test_all_proven_fixes_in_one(one: Talk):
    """Signed, on the head, into its branch; said in the check run; once more, nothing is added."""
    for _ in range(2):
        publish(one, proven(), other())

    (stack,) = stacks(one)
    assert (stack.base_ref, stack.head_repository) == ("cities", one.there.repository)
    assert held(one, stack) == [ID, OTHER_ID]
    assert stack.head_sha in one.there.repository.verified
    assert stack.title == "Proven security fixes for #1"
    assert f"`{ID[:8]}`" in stack.body
    assert f"head%3A{stack.head_ref}" in (one.there.state.check_runs[-1].summary or "")


def test_fixes_of_one_file_are_not_put_together(one: Talk):
    """No run has seen them together."""
    again = other(patch=proven().patch, test=replace(other().test, path="tests/test_again.py"))  # type: ignore[type-var]
    publish(one, proven(), again)

    (stack,) = stacks(one)
    assert held(one, stack) == [ID]


@pytest.mark.parametrize("how", [FixDelivery.BRANCHES, FixDelivery.SUGGESTIONS])
def test_only_where_it_is_wanted(one: Talk, how: FixDelivery):
    """With `suggestions` there is no branch at all; the patch stands in the comment."""
    publish(one, proven(), how=how)

    refs = git.refs(one.there.repository.path, "refs/heads/suture/")
    assert stacks(one) == []
    assert len(refs) == (how is FixDelivery.BRANCHES)
    assert ("Fix as a patch" in one.there.state.comments[0].body) is (how is FixDelivery.SUGGESTIONS)


def test_a_new_head_has_another(one: Talk):
    """The last one is closed with a word and its branch goes; with nothing proven there is none."""
    publish(one, proven())
    push_files(one.there.state, one.there.repository, "cities", {"more.py": "x = 1\n"})
    publish(one, proven(), other())
    head = one.there.pull.head_sha
    first, second = stacks(one)
    push_files(one.there.state, one.there.repository, "cities", {"more.py": "x = 2\n"})
    between = branches(one)
    publish(one)

    assert first.body.startswith(f"Suture closed this: the pull request is at `{head[:7]}` by now.")
    assert between == [f"refs/heads/{second.head_ref}"]
    assert [each.state for each in (first, second)] == ["closed", "closed"]
    assert branches(one) == []


def test_what_is_not_only_ours_stays(one: Talk):
    """A commit that somebody added, a pull request that somebody made, one that somebody closed."""
    publish(one, proven())
    (stack,) = stacks(one)
    push_files(one.there.state, one.there.repository, stack.head_ref, {"mine.py": "x = 1\n"})
    push_files(one.there.state, one.there.repository, "cities", {"more.py": "x = 1\n"})
    publish(one, proven())
    second = stacks(one)[1]
    close(one.there.state, second)
    publish(one, proven())
    made = open_pull_request(one.there.state, one.there.repository, "main", second.head_ref, "Mine")
    close(one.there.state, one.there.pull)
    tidy_up(one)

    assert stack.state == made.state == "open"
    assert stacks(one) == [stack, second, made]
    assert len(branches(one)) == 2


@pytest.mark.parametrize("merged", [True, False])
def test_it_is_closed_with_its_parent(one: Talk, merged: bool):
    """Once more, nothing is left to do."""
    publish(one, proven(), other())
    (stack,) = stacks(one)
    close(one.there.state, one.there.pull, merged=merged)

    for _ in range(2):
        tidy_up(one)

    assert stack.state == "closed"
    assert stack.body.startswith("Suture closed this: the pull request that it was made for was closed")
    assert git.refs(one.there.repository.path, "refs/heads/suture/") == {}


@pytest.mark.parametrize("took_effect", [True, False])
@pytest.mark.parametrize(
    ("path", "body"),
    [("/repos/.*/git/refs", ""), ("/graphql", "mutation Commit\\("), ("/repos/.*/pulls", "")],
)
def test_a_lost_answer_makes_no_second_one(one: Talk, path: str, body: str, took_effect: bool):
    """After a 502 what is there is looked at again."""
    one.there.state.faults.add("POST", f"{path}$", 502, took_effect=took_effect, body_regex=body)

    publish(one, proven(), other())

    (stack,) = stacks(one)
    assert held(one, stack) == [ID, OTHER_ID]
    assert not one.there.state.faults.waiting


def test_its_own_pull_request_makes_no_further_one(one: Talk):
    """Its opening is not reviewed; were it reviewed, no fix would be pushed for what is found in it."""
    publish(one, proven())
    (stack,) = stacks(one)
    assert one.deliver()[-1] == "ignored"
    parent, one.there.pull = one.there.pull, stack
    publish(one, proven())
    one.there.pull = parent

    assert stacks(one) == [stack]
    assert not any("pr-2-" in name for name in git.refs(one.there.repository.path, "refs/heads/suture/"))


def test_its_merge_is_reviewed_and_makes_no_second_fix(one: Talk):
    """A person merged it: the parent's new head is reviewed; what it did not mend gets no fix again."""
    publish(one, proven(), other())
    (stack,) = stacks(one)
    home, head = one.there.repository, one.there.pull.head_sha
    tree = git.read_commit(home.path, stack.head_sha).tree
    who = git.read_commit(home.path, head).author
    merge = git.commit_tree(home.path, tree, (head, stack.head_sha), "Merge", who, who)
    one.there.state.faults.waiting.clear()
    git.update_ref(home.path, "refs/heads/cities", merge)
    push_files(one.there.state, home, "cities", {"more.py": "x = 1\n"})
    one.deliver()
    wait_until(lambda: one.there.pull.head_sha in [job.head_sha for job in one.reviewed])
    still = proven(patch=replace(proven().patch, diff="--- a/x.py\n+++ b/x.py\n@@ -0,0 +1 @@\n+x = 1\n"))  # type: ignore[type-var]
    publish(one, still)

    assert len(stacks(one)) == 1
    assert stack.state == "closed"
    assert branches(one) == []


def test_a_fault_is_no_end(one: Talk):
    """While GitHub fails, the review is not told as if nothing were wrong."""
    for _ in range(2):
        one.there.state.faults.add("POST", "/repos/.*/pulls$", 502, took_effect=False)

    with pytest.raises(ForgeUnavailable):
        publish(one, proven())
    publish(one, proven())

    assert len(stacks(one)) == 1
