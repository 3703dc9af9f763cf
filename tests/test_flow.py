"""The whole way of one delivery: signed webhook in; review, check run, fix commit out. Nothing is faked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.github import close, comment, git, push_files
from bot.demo.scene import BRANCH, Scene, posted
from tests.browser.reviewed import served_scene, wait_for_review
from tests.fakes.workers import wait_until
from tests.flow.shop import need_sandbox


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A GitHub with the shop, and `suture serve` listening to it."""
    need_sandbox()
    with served_scene(tmp_path) as made:
        yield made


def test_a_delivery_becomes_comments_a_check_run_and_fix_commits(scene: Scene):
    """Both defects are proven, with a suggestion or a fix commit that carries the test."""
    pull = scene.open()

    seen = wait_for_review(scene, pull)

    assert [(one.anchor.path, one.anchor.line) for one in seen.comments] == [
        ("shop/customers.py", 21),
        ("shop/invoices.py", 13),
    ]
    assert all("**Proven:**" in one.body for one in seen.comments)
    assert "```suggestion" in seen.comments[0].body
    assert seen.check is not None
    assert (seen.check.conclusion, seen.check.title) == ("neutral", "Findings: 2 proven with a fix")
    assert len(seen.branches) == 2
    calls = scene.github.journal.summary()
    assert calls["rest"] + calls["graphql"] <= 17  # three of them the worker's own, once in ten minutes
    for branch in seen.branches:
        words = ("diff", "--name-only", f"{pull.head_sha}..{branch}")
        changed = git.git(pull.repository.path, *words).decode()
        source, test = sorted(changed.split())
        assert source.startswith("shop/")
        assert test.startswith("tests/test_")


def test_a_redelivery_posts_nothing_more(scene: Scene):
    """The same delivery once more, and the same head under a new delivery, start nothing."""
    pull = scene.open()
    before = wait_for_review(scene, pull)
    delivery = next(one for one in scene.github.hooks.deliveries if one.event == "pull_request")

    scene.github.hooks.redeliver(delivery)
    scene.github.hooks.wait()

    assert delivery.statuses[-1] == 202
    assert posted(scene.github, pull) == before
    assert len(scene.github.check_runs) == 1


def test_unsigned_deliveries_start_nothing(scene: Scene):
    """A delivery signed with another secret is refused and leaves no trace."""
    scene.app.webhook_secret = "another secret"

    scene.open()
    scene.github.hooks.wait()

    delivery = next(one for one in scene.github.hooks.deliveries if one.event == "pull_request")
    assert delivery.statuses[0] in {401, 403}
    assert scene.github.check_runs == []


def test_a_newer_push_takes_over(scene: Scene):
    """The running review of the older head ends as cancelled; the newer head is reviewed."""
    pull = scene.open()
    old = pull.head_sha
    wait_until(lambda: bool(scene.github.check_runs))

    push_files(scene.github, pull.repository, BRANCH, {"README.md": "# shop\n\nUnder review.\n"})
    seen = wait_for_review(scene, pull)

    assert pull.head_sha != old
    conclusions = {one.suite.head_sha: one.conclusion for one in scene.github.check_runs}
    assert conclusions == {old: "cancelled", pull.head_sha: "neutral"}
    assert len(seen.comments) == 2
    assert all(one.original_commit_sha == pull.head_sha for one in seen.comments)


def test_one_fix_of_two_and_the_end(scene: Scene):
    """The thread of what the push mended is resolved with a word; once merged, no fix branch is left."""
    pull = scene.open()
    first = wait_for_review(scene, pull)
    home, path = pull.repository.path, first.comments[0].anchor.path
    fixing = next(one for one in first.branches if path in changed_by(home, pull.head_sha, one))

    push_files(
        scene.github,
        pull.repository,
        BRANCH,
        {
            name: git.git(home, "show", f"{fixing}:{name}").decode()
            for name in changed_by(home, pull.head_sha, fixing)
        },
    )
    second = wait_for_review(scene, pull)
    close(scene.github, pull, merged=True)
    wait_until(lambda: not posted(scene.github, pull).branches)

    mended, left = scene.github.threads
    assert f"Fixed in `{pull.head_sha[:7]}`" in mended.comments[-1].body
    assert (mended.resolved_by is not None, left.resolved_by, len(left.comments)) == (True, None, 1)
    assert second.check is not None
    assert second.check.title == "Findings: 1 proven with a fix"


def changed_by(home: Path, head: str, branch: str) -> list[str]:
    return git.git(home, "diff", "--name-only", f"{head}..{branch}").decode().split()


def test_a_closed_pull_request_is_left_alone(scene: Scene):
    """Closing ends the running review: nothing is posted but the end of the check run."""
    pull = scene.open()
    wait_until(lambda: bool(scene.github.check_runs))

    close(scene.github, pull)
    seen = wait_for_review(scene, pull)

    assert seen.check is not None
    assert seen.check.conclusion == "cancelled"
    assert (seen.comments, seen.branches) == ((), ())


def test_applied_fixes_leave_a_clean_head(scene: Scene):
    """Both fixes come onto the branch; the review of that head finds nothing and makes no fix of its own."""
    pull = scene.open()
    before = wait_for_review(scene, pull)
    first = pull.head_sha

    asked = comment(scene.github, pull, "/suture apply", by="dana")
    wait_until(lambda: bool(asked.reactions))
    after = wait_for_review(scene, pull)

    assert [content for _, content in asked.reactions] == ["+1"]
    words = ("rev-list", "--count", f"{first}..{pull.head_sha}")
    assert git.git(pull.repository.path, *words).strip() == b"2"
    assert after.check is not None
    assert (after.check.title or "").startswith("Clean")
    assert after.branches == before.branches
    assert all(thread.resolved_by is not None for thread in scene.github.threads)


def test_a_comment_stops_the_review(scene: Scene):
    """`/suture stop` by somebody who may write ends the running review at once; nothing else is posted."""
    pull = scene.open()
    wait_until(lambda: bool(scene.github.check_runs))

    asked = comment(scene.github, pull, "/suture stop", by="dana")
    seen = wait_for_review(scene, pull)
    wait_until(lambda: bool(asked.reactions))

    assert seen.check is not None
    assert (seen.check.conclusion, seen.check.title) == ("cancelled", "Stopped by @dana.")
    assert (seen.comments, seen.branches) == ((), ())
    assert [content for _, content in asked.reactions] == ["+1"]


def test_not_everybody_may_stop_a_review(scene: Scene):
    """Who may only read gets a no, and the review goes on to its end."""
    scene.github.readers.add("mallory")
    pull = scene.open()
    wait_until(lambda: bool(scene.github.check_runs))

    asked = comment(scene.github, pull, "/suture stop", by="mallory")
    seen = wait_for_review(scene, pull)
    wait_until(lambda: bool(asked.reactions))
    late = comment(scene.github, pull, "/suture stop", by="dana")
    wait_until(lambda: bool(late.reactions))

    assert seen.check is not None
    assert seen.check.conclusion == "neutral"
    assert len(seen.comments) == 2
    assert [content for _, content in asked.reactions] == ["-1"]
    assert [content for _, content in late.reactions] == ["confused"]
