"""`/suture dismiss` over HTTP: what is kept, and what the answer says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.demo.github import reply
from bot.jobs.dismissals import Dismissals
from bot.jobs.engine import database
from bot.records import Dismissal, Severity
from tests.fakes.published import proven
from tests.fakes.talk import Talk, talk

ID = proven().finding.id
GONE = "The next reviews of this pull request leave this finding out, and list it with your reason."
NOT_NAMED = "Name a finding by its id, or write the command below the finding's comment."


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Talk]:
    with talk(tmp_path) as made:
        yield made


def publish(one: Talk, severity: Severity = Severity.HIGH) -> None:
    one.publish(replace(proven(), finding=replace(proven().finding, severity=severity)))


def kept(one: Talk) -> tuple[Dismissal, ...]:
    with database(one.settings) as engine:
        return Dismissals(engine, one.there.repository.id, one.there.pull.number).all()


def test_the_author_alone_and_then_another(one: Talk):
    """The thread names the finding; the second answer is another one than the first."""
    publish(one)
    (first,) = one.there.state.comments

    assert one.answered(reply(one.there.state, first, "/suture dismiss not reachable")) == "+1"
    assert one.answered(reply(one.there.state, first, "/suture dismiss I agree", by="erin")) == "+1"

    assert kept(one) == (
        Dismissal(ID, "dana", "not reachable", True),
        Dismissal(ID, "erin", "I agree", False),
    )
    assert one.answers[0].startswith("Noted. Findings of high and critical severity are not left out because")
    assert one.answers[1] == GONE


def test_by_its_id(one: Talk):
    """What is not severe, the author can dismiss."""
    publish(one, Severity.MEDIUM)

    assert one.say(f"/suture dismiss `{ID[:8]}` only  in tests") == "+1"

    assert kept(one) == (Dismissal(ID, "dana", "only in tests", True),)
    assert one.answers == [GONE]


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("", NOT_NAMED),
        ("because", NOT_NAMED),
        (ID, "Say why: the reason is listed with the finding from then on."),
        ("f" * 16 + " why", "Suture has posted no such finding on this pull request, or more than one that"),
    ],
)
def test_what_dismisses_nothing(one: Talk, rest: str, said: str):
    """Without a finding or a reason nothing is kept, and the answer says what is missing."""
    publish(one)

    assert one.say(f"/suture dismiss {rest}") == "confused"

    assert one.answers[0].startswith(said)
    assert kept(one) == ()


def test_a_stranger(one: Talk):
    """Who may not write dismisses nothing."""
    publish(one)
    one.there.state.readers.add("mallory")

    assert one.say(f"/suture dismiss {ID} no", by="mallory") == "-1"

    assert kept(one) == ()
