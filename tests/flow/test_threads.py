"""The threads of our comments over heads, against the stand-in: what is said there, and what is resolved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from bot.demo.github import push_files, user_token
from bot.errors import Superseded
from bot.forge.writes import OwnComment, SetResolved
from bot.records import Answer, Change, Conclusion, KeptTest, Outcome, Rechecked
from bot.step import Step, straight
from tests.fakes.published import AFTER, PATH, TEST, Scene, findings, proven, scene


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Scene]:
    with scene(tmp_path) as made:
        made.publisher().publish(findings(made.forge().collect()), straight)
        yield made


def push(there: Scene, text: str) -> Change:
    """A new head."""
    push_files(there.state, there.repository, "cities", {"more.py": text})
    return there.forge().collect()


def rechecked(change: Change, answer: Answer, reason: str = "") -> Outcome:
    kept = KeptTest(proven().finding, TEST, ((f"{TEST.path}::test_city", "AssertionError"),))
    return Outcome(change, Conclusion.CLEAN, rechecked=(Rechecked(kept, answer, reason),))


def publish(there: Scene, outcome: Outcome) -> None:
    there.publisher().publish(outcome, straight)


def own(there: Scene) -> OwnComment:
    (one,) = there.forge().state(there.forge().named()).own_comments
    return one


def answer_as_person(there: Scene, body: str = "This is on purpose.") -> None:
    number = there.state.threads[0].comments[0].id
    where = f"{there.state.api}/repos/{there.repository.full_name}/pulls/1/comments/{number}/replies"
    token = user_token(there.state, "dana").value
    answer = requests.post(
        where, json={"body": body}, headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    assert answer.status_code == 201


def set_by_person(there: Scene, *, resolved: bool) -> None:
    there.state.threads[0].resolved_by = there.state.account("dana") if resolved else None


def replies(there: Scene) -> list[str]:
    """What we said in the thread after the comment itself, without its first line."""
    said = there.state.threads[0].comments[1:]
    return [one.body.partition("\n")[2] for one in said if one.author.kind == "Bot"]


def is_resolved(there: Scene) -> bool:
    return there.state.threads[0].resolved_by is not None


def test_a_fixed_finding_closes_its_thread_with_a_reason(there: Scene) -> None:
    """The reply names the head and the run; done again, on this head or the next, nothing is added."""
    change = push(there, "x = 1\n")

    publish(there, rechecked(change, Answer.FIXED))
    publish(there, rechecked(change, Answer.FIXED))
    publish(there, rechecked(push(there, "x = 2\n"), Answer.FIXED))

    assert replies(there) == [f"Fixed in `{change.head_sha[:7]}`: the regression test passes."]
    assert is_resolved(there)
    assert own(there).last_note.said == "fixed"


def test_removed_code_closes_its_thread_and_may_come_back(there: Scene) -> None:
    """Said once, and not called fixed; the defect found again opens the thread again."""
    for text in ("x = 1\n", "x = 2\n"):
        publish(there, rechecked(push(there, text), Answer.REMOVED))
    closed = is_resolved(there)
    publish(there, findings(push(there, "x = 3\n")))

    assert closed
    assert not is_resolved(there)
    gone, back = replies(there)
    assert gone.startswith("Removed in")
    assert back.startswith("Not fixed in")


def test_a_thread_that_a_person_answered_stays_open(there: Scene) -> None:
    """There the fix is only told, once."""
    answer_as_person(there)
    for text in ("x = 1\n", "x = 2\n"):
        publish(there, rechecked(push(there, text), Answer.FIXED))

    (said,) = replies(there)
    assert "the regression test passes" in said
    assert "stays open" in said
    assert not is_resolved(there)


@pytest.mark.parametrize(
    ("body", "stays_open"), [("/suture apply", False), ("/suture apply\n\nThough I doubt it.", True)]
)
def test_a_command_is_no_answer(there: Scene, body: str, stays_open: bool) -> None:
    """Who only asks for the fix in the thread does not keep it open; who says more does."""
    answer_as_person(there, body)

    publish(there, rechecked(push(there, "x = 1\n"), Answer.FIXED))

    assert is_resolved(there) is not stays_open


def test_a_person_who_answers_at_the_last_moment_is_heard(there: Scene) -> None:
    """The thread is read again right before it is resolved."""
    change = push(there, "x = 1\n")
    there.state.faults.add(
        "POST",
        r"/repos/.*/replies",
        0,
        before=lambda: answer_as_person(there) if not replies(there) else None,
    )

    publish(there, rechecked(change, Answer.FIXED))

    assert len(replies(there)) == 1
    assert not is_resolved(there)


def test_what_a_person_opened_again_stays_open(there: Scene) -> None:
    """On the next head the thread is neither resolved nor written in."""
    publish(there, rechecked(push(there, "x = 1\n"), Answer.FIXED))
    set_by_person(there, resolved=False)

    publish(there, rechecked(push(there, "x = 2\n"), Answer.FIXED))

    assert len(replies(there)) == 1
    assert not is_resolved(there)


def test_a_defect_that_comes_back_opens_its_thread_again(there: Scene) -> None:
    """Said once; fixed again, it is closed again."""
    publish(there, rechecked(push(there, "x = 1\n"), Answer.FIXED))
    for text in ("x = 2\n", "x = 3\n"):
        publish(there, findings(push(there, text)))
    again = is_resolved(there)
    publish(there, rechecked(push(there, "x = 4\n"), Answer.FIXED))

    assert not again
    assert is_resolved(there)
    assert [one.split(" in ")[0] for one in replies(there)] == ["Fixed", "Not fixed", "Fixed"]


@pytest.mark.parametrize("answer", [Answer.FIXED, Answer.UNKNOWN, Answer.STILL_THERE])
def test_a_thread_that_a_person_resolved_stays_resolved(there: Scene, answer: Answer) -> None:
    """Nothing is written in it; the check run goes on telling of what is there."""
    set_by_person(there, resolved=True)
    change = push(there, "x = 1\n")

    outcome = findings(change) if answer is Answer.STILL_THERE else rechecked(change, answer, "It broke.")
    publish(there, outcome)

    assert replies(there) == []
    assert is_resolved(there)


def test_a_test_without_a_result_is_told_once(there: Scene) -> None:
    """The reason stands in the thread, which stays open."""
    for text in ("x = 1\n", "x = 2\n"):
        publish(there, rechecked(push(there, text), Answer.UNKNOWN, "It cannot be collected: @all `x`."))

    (said,) = replies(there)
    assert "It cannot be collected:" in said
    assert "@all" not in said
    assert not is_resolved(there)


def test_changed_lines_do_not_hide_what_is_still_there(there: Scene) -> None:
    """GitHub folds an outdated comment away; a word in its thread, once, brings it back."""
    for number in (1, 2):
        push_files(there.state, there.repository, "cities", {PATH: AFTER.replace("query", f"q{number}")})
        publish(there, findings(there.forge().collect(), proven(patch=None)))

    assert own(there).is_outdated
    (said,) = replies(there)
    assert said.startswith("Still there in")


def test_dying_after_any_write_says_nothing_twice(there: Scene) -> None:
    """A worker that dies after each write in turn, and plans anew, ends where an undisturbed one does."""
    change = push(there, "x = 1\n")

    def dying(after: int) -> Step:
        done = 0

        def step(name: str, act):  # type: ignore[no-untyped-def]
            nonlocal done
            value = act()
            done += 1
            if done > after:
                raise KeyboardInterrupt
            return value

        return step

    for after in (0, 1, 1):  # the state; the reply; the thread
        with pytest.raises(KeyboardInterrupt):
            there.publisher().publish(rechecked(change, Answer.FIXED), dying(after))
    publish(there, rechecked(change, Answer.FIXED))

    assert len(replies(there)) == 1
    assert is_resolved(there)


@pytest.mark.parametrize("took_effect", [True, False])
@pytest.mark.parametrize(("path", "body"), [(r"/repos/.*/replies", ""), ("/graphql", "resolveReviewThread")])
def test_a_lost_answer_is_not_a_second_reply(there: Scene, path: str, body: str, took_effect: bool) -> None:
    """After a 502 the forge looks before it writes again."""
    change = push(there, "x = 1\n")
    there.state.faults.add("POST", path, 502, took_effect=took_effect, body_regex=body)

    publish(there, rechecked(change, Answer.FIXED))

    assert len(replies(there)) == 1
    assert is_resolved(there)
    assert not there.state.faults.waiting


def test_without_the_right_to_resolve_the_reply_stands(there: Scene) -> None:
    """A refusal costs the thread's state alone: the check run is ended."""
    change = push(there, "x = 1\n")
    refusal = {"errors": [{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}]}
    there.state.faults.add("POST", "/graphql", 200, body_regex="resolveReviewThread", answer=refusal)

    publish(there, rechecked(change, Answer.FIXED))

    assert len(replies(there)) == 1
    assert not is_resolved(there)
    assert there.state.check_runs[-1].conclusion == "success"


def test_a_comment_that_was_deleted_is_let_be(there: Scene) -> None:
    """What was planned for its thread is neither done nor a failure."""
    change = push(there, "x = 1\n")
    standing = own(there)
    there.state.threads.clear()

    done = there.forge().carry_out(
        SetResolved(standing.comment_id, standing.thread, change.head_sha, resolved=True)
    )

    assert "deleted" in done


def test_nothing_is_resolved_on_a_head_that_moved(there: Scene) -> None:
    """What was seen on one head is not said of another."""
    change = push(there, "x = 1\n")
    standing = own(there)
    push_files(there.state, there.repository, "cities", {"more.py": "x = 2\n"})

    with pytest.raises(Superseded):
        there.forge().carry_out(
            SetResolved(standing.comment_id, standing.thread, change.head_sha, resolved=True)
        )
    assert not is_resolved(there)


def test_only_our_own_first_comments_begin_our_threads(there: Scene) -> None:
    """A marker that a person typed, as a comment or in a reply, is nothing of ours."""
    comment = there.state.threads[0].comments[0]
    marker = comment.body.partition("\n")[0]
    answer_as_person(there, marker.replace(" -->", " said=fixed -->") + "\nFixed.")

    standing = own(there)
    there.state.threads[0].comments[0] = replace(comment, author=there.state.account("dana"))

    assert (standing.is_answered, standing.notes) == (True, ())
    assert there.forge().state(there.forge().named()).own_comments == ()
