"""Reviews on the stand-in: taken whole or refused whole, in GitHub's words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.demo.github import push_files
from tests.fakes.octo import HEAD, World, world


@pytest.fixture
def there(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def review(there: World, *comments: dict[str, Any], **more: Any) -> Any:
    sent = {"event": "COMMENT", "body": "Look", "comments": list(comments), **more}
    return there.call(
        "POST", "pulls/1/reviews", {k: v for k, v in sent.items() if v is not None}, there.token()
    )


def note(line: int | None = 3, **more: Any) -> dict[str, Any]:
    return {"path": "app.py", "body": "Hm", "side": "RIGHT", **({"line": line} if line else {}), **more}


def test_a_good_review_stands_with_its_comments(there: World):
    """A review answers 200, and its comments stand on their lines with the hunk above them."""
    answer = review(there, note(3), note(31, start_line=30, start_side="RIGHT"), note(3, side="LEFT"))

    assert answer.status_code == 200
    one, two, three = there.call("GET", "pulls/1/comments", token=there.token()).json()
    assert (one["line"], one["start_line"], one["side"]) == (3, None, "RIGHT")
    assert one["diff_hunk"].splitlines()[-1] == "+line three"
    assert (two["line"], two["start_line"]) == (31, 30)
    assert three["diff_hunk"].splitlines()[-1] == "-line 3"
    assert one["user"]["login"] == "suture[bot]"


@pytest.mark.parametrize(
    ("comment", "words"),
    [
        (note(15), "Pull request review thread line must be part of the diff"),
        (note(400), "Pull request review thread line must be part of the diff"),
        (note(2, side="LEFT"), "Pull request review thread line must be part of the diff"),
        (note(None), "Line could not be resolved"),
        (note(3, path="none.py"), "Path could not be resolved"),
        (note(1, path="pic.bin"), "Line could not be resolved"),
        (note(3, start_line=3), "start line must precede the end line"),
        (note(3, start_line=5), "start line must precede the end line"),
        (note(31, start_line=3), "must be part of the same hunk as the line"),
        (note(3, start_line=900), "start line must be part of the diff"),
    ],
)
def test_one_bad_comment_refuses_the_whole_review(there: World, comment: dict[str, Any], words: str):
    """A line outside GitHub's own diff refuses the review and every comment in it."""
    answer = review(there, note(3), comment)

    assert answer.status_code == 422
    assert words in str(answer.json()["errors"])
    assert there.state.reviews == []
    assert there.state.comments == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"body": None}, "blank"),
        ({"body": "x" * 65_537}, "body is too long (maximum is 65536 characters)"),
        ({"commit_id": "0" * 40}, "Start commit oid is not part of the pull request"),
        ({"event": "SHOUT"}, "not a member"),
        ({"comments": [note(3, side="right")]}, "not a member"),
        ({"comments": [note(3, startLine=2)]}, "not a permitted key"),
        ({"comments": [{"path": "app.py", "body": "x", "position": 1}]}, "position"),
    ],
)
def test_a_review_that_github_refuses(there: World, more: dict[str, Any], words: str):
    """Empty, too long, on a foreign commit, with an unknown word: 422."""
    answer = review(there, **more)

    assert answer.status_code == 422
    assert words in answer.text
    assert there.state.reviews == []


def test_one_pending_review_for_each_user(there: World):
    """A review without an event stays pending, hidden from lists of comments, and there is only one."""
    first, second = review(there, note(3), event=None), review(there, event=None)

    assert first.json()["state"] == "PENDING"
    assert "only have one pending review" in second.text
    assert there.call("GET", "pulls/1/comments", token=there.token()).json() == []
    deleted = there.call("DELETE", f"pulls/1/reviews/{first.json()['id']}", token=there.token())
    assert deleted.status_code == 200
    assert there.state.reviews == []


def test_the_author_cannot_judge_its_own_pull_request(there: World):
    """Approving or requesting changes on one's own pull request is refused; commenting is not."""
    there.pull.author = there.app.bot

    assert "Can not approve your own" in review(there, event="APPROVE").text
    assert "Can not request changes on your own" in review(there, event="REQUEST_CHANGES").text
    assert review(there).status_code == 200


def test_comments_follow_their_lines_or_are_outdated(there: World):
    """After a push a comment stands where its line went; where the line changed it has none."""
    review(there, note(3), note(30))

    push_files(
        there.state, there.repository, "feature", {"app.py": "new first\n" + HEAD.replace("thirty", "30th")}
    )

    kept, lost = there.call("GET", "pulls/1/comments", token=there.token()).json()
    assert (kept["line"], kept["original_line"]) == (4, 3)
    assert (lost["line"], lost["original_line"], lost["position"]) == (None, 30, None)


def test_comments_can_be_edited_by_their_author_only(there: World):
    """The App edits its own comments, and nobody else's."""
    review(there, note(3))
    mine = there.state.comments[0]
    edited = there.call("PATCH", f"pulls/comments/{mine.id}", {"body": "Better"}, there.token())
    mine.author = there.pull.author
    refused = there.call("PATCH", f"pulls/comments/{mine.id}", {"body": "Worse"}, there.token())

    assert edited.json()["body"] == "Better"
    assert refused.status_code == 403
    assert mine.body == "Better"


def test_single_comments_replies_and_files(there: World):
    """A comment of its own, one on a whole file, and a reply; a reply to a reply is refused."""
    token, sha = there.token(), there.pull.head_sha
    on_file = {"body": "All", "path": "app.py", "commit_id": sha, "subject_type": "file"}
    whole = there.call("POST", "pulls/1/comments", on_file, token)
    one = there.call("POST", "pulls/1/comments", note(3, commit_id=sha), token).json()
    reply = there.call("POST", f"pulls/1/comments/{one['id']}/replies", {"body": "Yes"}, token)
    again = there.call("POST", f"pulls/1/comments/{reply.json()['id']}/replies", {"body": "No"}, token)

    assert (whole.status_code, whole.json()["line"], whole.json()["subject_type"]) == (201, None, "file")
    assert reply.json()["in_reply_to_id"] == one["id"]
    assert again.status_code == 404
