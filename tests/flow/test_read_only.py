"""An installation that gives no right to push: what is done all the same, and what is said of the rest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.github import git, push_files, reply
from bot.errors import PermissionMissing
from bot.forge.app_auth import JOB_RIGHTS, Tokens
from bot.records import Answer, Conclusion, KeptTest, Outcome, Rechecked
from bot.step import straight
from tests.fakes.published import DIFF, TEST, proven
from tests.fakes.talk import Talk, talk

ID = proven().finding.id


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Talk]:
    """The owner has accepted to read contents, not to write them."""
    with talk(tmp_path) as made:
        made.there.installation.permissions["contents"] = "read"
        yield made


def refused(one: Talk) -> list[str]:
    """The calls that GitHub said no to, but for those for a token with all rights."""
    entries = one.there.state.journal.entries
    return [each.path for each in entries if each.status >= 400 and "access_tokens" not in each.path]


def test_a_review_is_comments_alone(one: Talk):
    """The comment has the patch, the check run names the permission once, and nothing else is tried."""
    one.publish()

    (check,) = one.there.state.check_runs
    (comment,) = one.there.state.comments
    assert DIFF in comment.body
    assert "No fix commit was pushed. This installation does not give Suture" in comment.body
    assert (check.summary or "").count("contents: write") == 1
    assert [each["label"] for each in check.actions] == ["Recheck", "Dismiss all"]
    assert git.refs(one.there.repository.path, "refs/heads/suture/") == {}
    assert refused(one) == []


def test_a_thread_is_told_and_left_open(one: Talk):
    """The word in it needs no right that is missing."""
    one.publish()
    push_files(one.there.state, one.there.repository, "cities", {"more.py": "x = 1\n"})
    kept = KeptTest(proven().finding, TEST, ())
    change = one.there.forge().collect()
    outcome = Outcome(change, Conclusion.CLEAN, rechecked=(Rechecked(kept, Answer.FIXED),))
    one.there.publisher().publish(outcome, straight)

    assert "Fixed in" in one.there.state.comments[-1].body
    assert one.there.state.threads[0].resolved_by is None
    assert refused(one) == []


def test_apply_and_dismiss(one: Talk):
    """The first is a command to run, the second needs no right to push."""
    one.publish()
    (first,) = one.there.state.comments

    assert one.say("/suture apply") == "+1"
    assert one.answered(reply(one.there.state, first, "/suture dismiss no", by="erin")) == "+1"

    assert one.answers[0].startswith(
        "This installation does not give Suture the permission *contents: write*"
    )
    assert DIFF in one.answers[0]
    assert one.there.pull.head_sha == one.there.state.pulls[0].heads[0]


def test_less_than_to_read_is_not_enough(one: Talk):
    """What cannot be done without is said as before; a permission that comes later is used."""
    rights = one.there.installation.permissions
    tokens = Tokens(one.settings)
    asked = (one.there.installation.id, one.there.repository.id, JOB_RIGHTS)
    del rights["checks"]
    with pytest.raises(PermissionMissing, match="contents: write"):
        tokens.lacks(*asked)
    rights["checks"] = "write"
    assert tokens.lacks(*asked) == "contents: write"
    rights["contents"] = "write"
    tokens.forget(asked[0])

    assert tokens.lacks(*asked) == ""
