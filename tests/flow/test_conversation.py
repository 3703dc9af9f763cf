"""People's commands over HTTP: from the comment's delivery to the one answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.github import close, comment, press_button, push_files, reply, rerequest
from tests.fakes.talk import Talk, talk
from tests.fakes.workers import wait_until


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Talk]:
    with talk(tmp_path) as made:
        yield made


def test_unknown_words_get_the_list(one: Talk):
    """One answer that shows nothing of what was typed; a redelivery brings no second one."""
    assert one.say("/suture <img> @everybody") == "confused"
    assert one.say("/suture stop it") == "confused"

    unknown, alone = one.answers
    assert unknown.startswith("Suture knows no such command.")
    assert "- `/suture stop` ends" in unknown
    assert "everybody" not in unknown
    assert alone == "Nothing was done: `/suture stop` has to stand alone on its line."
    assert [one.app for one in one.there.state.issue_comments[1::2]] == [one.there.app] * 2


def test_a_redelivery_is_answered_by_nobody(one: Talk):
    """Of a command that is unknown, refused or done: one reaction and one answer, however often it comes."""
    one.there.state.readers.add("mallory")
    assert one.say("/suture nonsense") == "confused"
    assert one.say("/suture help", by="mallory") == "-1"
    assert one.say("/suture help") == "+1"
    before = [*one.answers]

    again = one.redeliver("issue_comment")
    assert one.say("/suture stop") in {"+1", "confused"}

    assert set(again) <= {"duplicate", "ignored"}
    assert again.count("duplicate") == 3
    assert one.answers == before
    people = [each for each in one.there.state.issue_comments if each.author.kind == "User"]
    assert [len(each.reactions) for each in people] == [1, 1, 1, 1]


def test_only_the_comment_that_asks_is_reacted_to(one: Talk):
    """Below a line it is the reply, not the finding's comment, though the ids are of two kinds."""
    one.publish()
    (first,) = one.there.state.comments
    said = reply(one.there.state, first, "/suture nonsense")

    assert one.answered(said) == "confused"

    assert first.reactions == {}
    assert [each.reactions for each in one.there.state.comments[2:]] == [{}]


def test_help_in_a_thread(one: Talk):
    """What is asked below a line is answered there."""
    one.publish()
    (first,) = one.there.state.comments

    assert one.answered(reply(one.there.state, first, "/suture help")) == "+1"

    ours = one.there.state.comments[-1]
    assert ours.reply_to is first
    assert "- `/suture help` shows this list." in ours.body
    assert one.there.state.issue_comments == []


def test_strangers_are_refused_once(one: Talk):
    """Who may only read gets a no, with its reason the first time, whatever they ask for."""
    one.there.state.readers.add("mallory")

    assert [one.say(f"/suture {word}", by="mallory") for word in ("help", "nonsense", "stop")] == ["-1"] * 3

    assert one.answers == ["Suture does what is asked by people who may write to this repository."]


def test_a_lost_answer_is_not_given_twice(one: Talk):
    """After a 502 the command is taken up again: it looks before it writes."""
    faults = one.there.state.faults
    faults.add("POST", r"/repos/.*/issues/\d+/comments", 502, took_effect=True)
    faults.add("POST", r"/repos/.*/reactions", 502, took_effect=False)

    assert one.say("/suture help") == "+1"

    assert len(one.answers) == 1
    assert not faults.waiting


def test_bots_are_not_heard(one: Talk):
    """Neither our own answers nor other Apps start anything."""
    state = one.there.state
    state.account("other[bot]", "Bot")
    said = [comment(state, one.there.pull, "/suture help", by=name) for name in ("other[bot]", "suture[bot]")]

    assert one.deliver() == ["ignored", "ignored"]
    assert one.say("/suture help") == "+1"
    wait_until(lambda: len(one.answers) == 1)

    assert one.deliver() == ["ignored"]
    assert [each.reactions for each in said] == [{}, {}]


def attempts(one: Talk) -> list[int]:
    return [job.attempt for job in one.reviewed]


def test_review_once_more(one: Talk):
    """A head that was reviewed is reviewed again when somebody asks, but not while it is."""
    wait_until(lambda: attempts(one) == [1])
    one.goes_on.clear()

    assert one.say("/suture review") == "+1"
    assert one.say("/suture review") == "eyes"
    one.goes_on.set()
    wait_until(lambda: attempts(one) == [1, 2])

    assert {job.head_sha for job in one.reviewed} == {one.there.pull.head_sha}
    assert one.answers == []


def test_review_after_a_stop(one: Talk):
    """What somebody stopped, somebody can start."""
    wait_until(lambda: attempts(one) == [1])
    one.goes_on.clear()
    one.say("/suture review")

    assert one.say("/suture stop") == "+1"
    assert one.say("/suture review") == "+1"
    one.goes_on.set()

    wait_until(lambda: 3 in attempts(one))


def test_a_closed_pull_request_is_not_reviewed(one: Talk):
    """The answer says what to do."""
    wait_until(lambda: attempts(one) == [1])
    close(one.there.state, one.there.pull)
    one.deliver()

    assert one.say("/suture review") == "confused"
    assert one.answers == ["The pull request is closed; reopen it first."]
    assert attempts(one) == [1]


def test_buttons_review_what_is_there_now(one: Talk):
    """Recheck, or GitHub's Re-run, on an old head's check run."""
    state = one.there.state
    one.publish()
    (check,) = state.check_runs
    push_files(state, one.there.repository, "cities", {"more.py": "x = 1\n"})
    one.deliver()
    wait_until(lambda: len(one.reviewed) == 2)

    press_button(state, check, "review")
    one.deliver()
    wait_until(lambda: len(one.reviewed) == 3)
    rerequest(state, check)
    one.deliver()
    wait_until(lambda: len(one.reviewed) == 4)

    assert [job.head_sha for job in one.reviewed][1:] == [one.there.pull.head_sha] * 3
    assert attempts(one) == [1, 1, 2, 3]


def test_a_strangers_press_of_a_button(one: Talk):
    """It starts nothing, and is told so in the conversation."""
    one.there.state.readers.add("mallory")
    one.publish()
    (check,) = one.there.state.check_runs

    rerequest(one.there.state, check, by="mallory")
    one.deliver()
    wait_until(lambda: bool(one.answers))

    assert one.answers == ["Suture does what is asked by people who may write to this repository."]
    assert attempts(one) == [1]
