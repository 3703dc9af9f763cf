"""`/suture dismiss` over HTTP: what is kept, and what the answer says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.demo.github import press_button, push_files, reply
from bot.jobs.dismissals import Dismissals
from bot.jobs.engine import database
from bot.records import Dismissal, Severity
from tests.fakes.published import TEST, proven
from tests.fakes.talk import Talk, talk
from tests.fakes.workers import wait_until

ID = proven().finding.id
GONE = (
    "The next reviews of this pull request leave this finding out, and list it with your reason. "
    "`/suture undismiss` takes that back."
)
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

    assert one.answered(reply(one.there.state, first, "/suture dismiss not reachable")) == "confused"
    assert not is_resolved(one)
    assert one.answered(reply(one.there.state, first, "/suture dismiss I agree", by="erin")) == "+1"
    wait_until(lambda: is_resolved(one))

    assert kept(one) == (
        Dismissal(ID, "dana", "not reachable", True),
        Dismissal(ID, "erin", "I agree", False),
    )
    assert one.answers[0].startswith("Noted. Findings of high and critical severity are not left out because")
    assert one.answers[1] == GONE


def is_resolved(one: Talk) -> bool:
    """Whether our bot has resolved the only thread."""
    (thread,) = one.there.state.threads
    return thread.resolved_by is one.there.app.bot


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


def press(one: Talk, by: str) -> str:
    """Press *Dismiss all* on the last check run; the answer."""
    before = len(one.answers)
    press_button(one.there.state, one.there.state.check_runs[-1], "dismiss", by=by)
    one.deliver()
    wait_until(lambda: len(one.answers) > before)
    return one.answers[-1]


LOW = replace(
    proven(),
    finding=replace(proven().finding, id="fedcba9876543210", severity=Severity.LOW, title="Low"),
    test=replace(TEST, path="tests/test_low.py"),
)


def test_the_button_dismisses_what_was_found(one: Talk):
    """The author alone dismisses what is not severe, somebody else all; the answer lists both."""
    one.publish(proven(), LOW)
    (check,) = one.there.state.check_runs
    assert [each["label"] for each in check.actions] == ["Apply proven fixes", "Recheck", "Dismiss all"]

    by_author, by_another = press(one, "dana"), press(one, "erin")

    left_out, _, kept_on = by_author.partition("Not dismissed:")
    assert ("Low in" in left_out, "SQL injection" in left_out) == (True, False)
    assert "SQL injection" in kept_on
    assert "somebody else who may write" in kept_on
    assert "Not dismissed:" not in by_another
    assert "`/suture undismiss`" in by_another
    assert {(each.fingerprint, each.login) for each in kept(one)} == {
        (name, login) for name in (ID, LOW.finding.id) for login in ("dana", "erin")
    }
    wait_until(lambda: all(each.resolved_by for each in one.there.state.threads))


def test_the_button_of_an_earlier_commit(one: Talk):
    """Nobody has seen there what was found since."""
    one.publish()
    push_files(one.there.state, one.there.repository, "cities", {"more.py": "x = 1\n"})

    assert press(one, "erin").startswith("Nothing was dismissed:")

    assert kept(one) == ()


def test_undone(one: Talk):
    """By anybody who may write, in its thread, which is opened again; once more there is nothing to undo."""
    one.publish()
    (first,) = one.there.state.comments
    one.answered(reply(one.there.state, first, "/suture dismiss no", by="erin"))
    wait_until(lambda: is_resolved(one))

    assert one.answered(reply(one.there.state, first, "/suture undismiss")) == "+1"
    wait_until(lambda: not kept(one))
    assert not is_resolved(one)
    assert one.say(f"/suture undismiss {ID}") == "confused"
    assert one.say("/suture undismiss everything") == "confused"

    assert one.answers[:2] == ["Nothing of the kind is dismissed on this pull request.", NOT_NAMED]
    assert one.answers[-1] == "The next reviews of this pull request report again what they find of this."


def test_all_undone_at_once(one: Talk):
    """Alone in the conversation, and only on this pull request."""
    one.publish(proven(), LOW)
    press(one, "erin")
    with database(one.settings) as engine:
        elsewhere = Dismissals(engine, one.there.repository.id, 99)
        elsewhere.add(Dismissal(ID, "erin", "no", False))

    assert one.say("/suture undismiss") == "+1"
    wait_until(lambda: not kept(one))

    assert not any(each.resolved_by for each in one.there.state.threads)
    with database(one.settings) as engine:
        assert len(Dismissals(engine, one.there.repository.id, 99).all()) == 1


def test_without_the_right_to_resolve_it_is_dismissed_all_the_same(one: Talk):
    """The thread stays as it is."""
    one.publish()
    refusal = {"errors": [{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}]}
    one.there.state.faults.add("POST", "/graphql", 200, body_regex="resolveReviewThread", answer=refusal)

    assert one.say(f"/suture dismiss {ID} no", by="erin") == "+1"
    wait_until(lambda: not one.there.state.faults.waiting)

    assert len(kept(one)) == 1
    assert not is_resolved(one)
