"""Over HTTP with the real SDK: no fault of the service, and no odd reply, ever looks like a clean review."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import ReviewerError
from bot.records import Declined, RegressionTest
from bot.review.claude.client import build_client
from bot.review.reviewers import Material
from bot.review.reviewers.claude import claude_reviewer
from tests.fakes.claude_case import (
    FIXED,
    FOUND,
    ONE_LOOK,
    PATH,
    PLACEMENT,
    TESTED,
    a_material,
    reviewing,
    said_review,
)
from tests.fakes.messages_api import Answer, MessagesApi, by_task, fails, refuses, replies

RED = RegressionTest(PLACEMENT.path, "def test_store():\n    assert False\n")
CLEAN = json.dumps({"review": said_review(), "test": None, "fix": None, "harden": None})

FAULTS = {
    "empty content": (Answer(text=None), "empty reply"),
    "blank text": (Answer(text="  \n"), "empty reply"),
    "content null": (Answer(changes={"content": None}), "empty reply"),
    "cut off": (Answer(text=CLEAN, stop_reason="max_tokens"), "cut off"),
    "window": (Answer(text=CLEAN, stop_reason="model_context_window_exceeded"), "context window"),
    "paused": (Answer(text=CLEAN, stop_reason="pause_turn"), "paused"),
    "asks for a tool": (Answer(text=CLEAN, stop_reason="tool_use"), "tool"),
    "no stop reason": (Answer(text=CLEAN, stop_reason=None), "did not end properly"),
    "unknown stop reason": (Answer(text=CLEAN, stop_reason="bored"), "bored"),
    "overloaded": (fails(529, "overloaded_error", retry_after_ms="1"), "HTTP 529"),
    "server error": (fails(500, "api_error", retry_after_ms="1"), "HTTP 500"),
    "rate limit": (fails(429, "rate_limit_error", retry_after_ms="1"), "rate limit"),
    "bad key": (fails(401, "authentication_error"), "ANTHROPIC_API_KEY"),
    "no permission": (fails(403, "permission_error"), "HTTP 403"),
    "no such model": (fails(404, "not_found_error"), "SUTURE_MODEL"),
    "bad request": (fails(400, "invalid_request_error"), "HTTP 400"),
    "billing": (fails(402, "billing_error"), "HTTP 402"),
    "too large": (fails(413, "request_too_large"), "HTTP 413"),
    "broken JSON": (Answer(body=b'{"id": "msg_1", "conten'), "failed"),
    "JSON that is no object": (Answer(body=b"[]"), "failed|not a message"),
    "another page": (Answer(body=b"<html>", content_type="text/html"), "not a message"),
    "nothing at all": (Answer(body=b""), "failed|not a message"),
}


def counted(answer: Answer) -> Callable[[dict[str, object]], Answer]:
    return lambda _request: answer


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_an_error_with_a_sentence(name: str, tmp_path: Path) -> None:
    """Each fault raises ReviewerError that says what happened; none gives a review."""
    answer, sentence = FAULTS[name]

    with (
        reviewing(counted(answer)) as (reviewer, _),
        pytest.raises(ReviewerError, match=sentence),
    ):
        reviewer.review(a_material(tmp_path / "tree"))


@pytest.mark.parametrize("where", ["before", "middle"])
def test_a_dropped_connection_is_an_error(where: str, tmp_path: Path) -> None:
    """A connection that breaks, before or in the middle of the answer, is tried again and then told."""
    with reviewing(counted(Answer(text=CLEAN, drop=where))) as (reviewer, api):
        with pytest.raises(ReviewerError, match="connection"):
            reviewer.review(a_material(tmp_path / "tree"))

        assert len(api.written) >= 1


def test_nobody_listens(tmp_path: Path) -> None:
    """An address where nothing listens is told as a connection that could not be made."""
    with MessagesApi(counted(FOUND)).running() as api:
        address = api.url
    reviewer = claude_reviewer(ONE_LOOK, build_client(api_key="k", base_url=address), seconds=5.0)

    with pytest.raises(ReviewerError, match="connection"):
        reviewer.review(a_material(tmp_path / "tree"))


def test_slow_answer_ends_at_the_deadline(tmp_path: Path) -> None:
    """A service that is silent ends the call at its deadline, retries included."""
    with (
        reviewing(counted(Answer(text=CLEAN, delay=3.0)), seconds=0.5) as (reviewer, _),
        pytest.raises(ReviewerError, match=r"no answer in time|did not answer within"),
    ):
        reviewer.review(a_material(tmp_path / "tree"))


@pytest.mark.parametrize(
    "wait",
    [
        {"retry_after": "86400"},
        {"retry_after_ms": "86400000"},
        {"retry_after": "Fri, 31 Dec 2100 23:59:59 GMT"},
    ],
)
def test_a_long_retry_after_is_not_slept_through(wait: dict[str, str], tmp_path: Path) -> None:
    """The SDK would sleep for a day; the deadline ends the call at once and says why."""
    with reviewing(counted(fails(429, "rate_limit_error", **wait))) as (reviewer, api):
        with pytest.raises(ReviewerError, match="asks to wait"):
            reviewer.review(a_material(tmp_path / "tree"))

        assert len(api.written) == 1


def test_a_passing_fault_is_retried(tmp_path: Path) -> None:
    """One 429 and one 529, then an answer: the review is whole, and only the answer is paid for."""
    answers = [
        fails(429, "rate_limit_error", retry_after_ms="1"),
        fails(529, "overloaded_error", retry_after_ms="1"),
        FOUND,
    ]
    with reviewing(by_task(review=answers)) as (reviewer, api):
        review = reviewer.review(a_material(tmp_path / "tree"))

        assert len(review.findings) == 1
        assert review.usage.model_calls == 2  # the answered one, and the one that refutes
        assert len(api.written) == 3


@pytest.mark.parametrize(
    ("answer", "category"),
    [
        (refuses("cyber"), "cyber"),
        (refuses("cyber", text=CLEAN), "cyber"),
        (refuses(None), "unspecified"),
        (Answer(text=None, stop_reason="refusal"), "unspecified"),
    ],
)
def test_a_refused_review_names_what_nobody_looked_at(answer: Answer, category: str, tmp_path: Path) -> None:
    """A refusal to review, and to fix instead, is `declined`: no findings, and every hunk by its place."""
    with reviewing(counted(answer)) as (reviewer, api):
        review = reviewer.review(a_material(tmp_path / "tree"))

        place = (f"{PATH}:11",)
        assert review.declined == tuple(
            Declined(stage, "claude-opus-5-5", category, place) for stage in ("review", "harden")
        )
        assert review.findings == ()
        assert review.usage.model_calls == 2
        assert len(api.written) == 2


def test_refused_test_and_fix_are_declined(tmp_path: Path) -> None:
    """The later stages' refusals name their stage and the finding's place."""
    with reviewing(by_task(review=FOUND, test=refuses(), fix=refuses("bio"))) as (reviewer, _):
        material = a_material(tmp_path / "tree")
        finding = reviewer.review(material).findings[0]
        test = reviewer.write_test(finding, material, PLACEMENT, ())
        fix = reviewer.write_fix(finding, RED, material, ())

        assert test.value is None
        assert test.declined == Declined("test", "claude-opus-5-5", "cyber", (f"{PATH}:14",))
        assert fix.value is None
        assert fix.declined == Declined("fix", "claude-opus-5-5", "bio", (f"{PATH}:14",))


MALFORMED = {
    "prose": "There is nothing to report.",
    "fenced": f"```json\n{CLEAN}\n```",
    "cut": CLEAN[:-3],
    "another part": json.dumps(
        {"review": None, "test": {"content": "x", "declared": "none"}, "fix": None, "harden": None}
    ),
    "no part": json.dumps({"review": None, "test": None, "fix": None, "harden": None}),
    "unknown field": json.dumps(
        {"review": said_review(), "test": None, "fix": None, "harden": None, "verdict": "clean"}
    ),
    "number for text": CLEAN.replace('"findings": []', '"findings": 0'),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_twice_is_an_error(name: str, tmp_path: Path) -> None:
    """A reply that is not of the schema is asked for once more, with its error, and then given up aloud."""
    with reviewing(counted(Answer(text=MALFORMED[name]))) as (reviewer, api):
        with pytest.raises(ReviewerError, match="cannot be used"):
            reviewer.review(a_material(tmp_path / "tree"))

        assert len(api.written) == 2
        roles = [turn["role"] for turn in api.written[1]["messages"]]
        assert roles == ["user", "assistant", "user"]
        assert api.written[1]["messages"][1]["content"] == MALFORMED[name]
        assert "cannot be used" in api.written[1]["messages"][2]["content"]


def test_malformed_once_is_forgiven_and_paid(tmp_path: Path) -> None:
    """The second reply counts, and both are in the use."""
    with reviewing(by_task(review=[Answer(text="Sure!"), FOUND])) as (reviewer, _):
        review = reviewer.review(a_material(tmp_path / "tree"))

        assert len(review.findings) == 1
        assert review.usage.model_calls == 3  # these two, and the one that refutes


def test_malformed_test_and_fix_say_why(tmp_path: Path) -> None:
    """For one finding a useless reply is an answer without value and with a reason; the others go on."""
    nowhere = replies("fix", {"strategy": "s", "edits": [{"path": "../x", "old": "a", "new": "b"}]})
    with reviewing(by_task(review=FOUND, test=Answer(text="no"), fix=nowhere)) as (reviewer, _):
        material = a_material(tmp_path / "tree")
        finding = reviewer.review(material).findings[0]
        test = reviewer.write_test(finding, material, PLACEMENT, ())
        fix = reviewer.write_fix(finding, RED, material, ())

        assert test.value is None
        assert test.reason
        assert test.usage.model_calls == 2
        assert fix.value is None
        assert "no such text file" in fix.reason


@pytest.mark.parametrize("stage", ["test", "fix"])
def test_faults_of_later_stages_are_errors(stage: str, tmp_path: Path) -> None:
    """A fault of the service while writing is told as such, not as an answer without value."""
    broken = {"test": TESTED, "fix": FIXED, stage: Answer(text=None)}
    with reviewing(by_task(review=FOUND, **broken)) as (reviewer, _):
        material = a_material(tmp_path / "tree")
        finding = reviewer.review(material).findings[0]

        write: dict[str, Callable[[], object]] = {
            "test": lambda: reviewer.write_test(finding, material, PLACEMENT, ()),
            "fix": lambda: reviewer.write_fix(finding, RED, material, ()),
        }
        with pytest.raises(ReviewerError, match="empty reply"):
            write[stage]()


def test_thinking_before_the_text_is_no_text(tmp_path: Path) -> None:
    """The first block may be thinking: the reply is read from the text blocks."""
    with reviewing(by_task(review=replies("review", said_review(), thinking=True))) as (reviewer, _):
        review = reviewer.review(a_material(tmp_path / "tree"))

        assert review.findings == ()
        assert review.declined == ()


def test_two_reviews_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    """The reviewer and its client are shared by threads: one's deadline is not the other's."""
    with reviewing(by_task(review=FOUND)) as (reviewer, _):
        materials = [a_material(tmp_path / str(number)) for number in range(4)]
        found: list[int] = []

        def review(material: Material) -> None:
            found.append(len(reviewer.review(material).findings))

        threads = [threading.Thread(target=review, args=(one,)) for one in materials]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert found == [1, 1, 1, 1]
