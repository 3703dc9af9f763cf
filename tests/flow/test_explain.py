"""`/suture explain` over HTTP, and how what it tells is put together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.demo.github import push_files, reply
from bot.gates import GATES, passed, refused, skipped
from bot.publish.explained import explained
from bot.publish.gates_meaning import MEANINGS
from bot.publish.sections import MOST
from bot.records import Claim, KeptProof, Proof, Reason, Verdict
from tests.fakes.published import proven
from tests.fakes.talk import Talk, talk
from tests.unit.test_texts import EVIL

ID = proven().finding.id


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Talk]:
    with talk(tmp_path) as made:
        yield made


def test_in_the_finding_s_thread(one: Talk):
    """The claim, the gates and what they mean, the runs, and commands that repeat them."""
    one.publish()
    (first,) = one.there.state.comments

    assert one.answered(reply(one.there.state, first, "/suture explain")) == "+1"

    (told,) = one.answers
    assert one.there.state.comments[-1].reply_to is first
    assert "- With: O'Brien\n- Seen today: a syntax error\n- Once fixed: no rows" in told
    assert f"| G3 | holds | {MEANINGS['G3']} | red on the head |" in told
    assert "2 sandboxed runs" in told
    assert f"git fetch origin suture/fix/pr-1-{ID[:8]}-" in told


def test_by_its_id_after_a_push(one: Talk):
    """It says of which commit it speaks."""
    one.publish()
    head = one.there.pull.head_sha
    push_files(one.there.state, one.there.repository, "cities", {"more.py": "x = 1\n"})

    assert one.say(f"/suture explain {ID[:8]}") == "+1"

    assert f"as of `{head[:7]}`." in one.answers[0]


@pytest.mark.parametrize(
    ("rest", "said"),
    [("", "Name a finding"), (" ../..", "Name a finding"), (f" {'f' * 16}", "Suture keeps no")],
)
def test_what_is_no_finding(one: Talk, rest: str, said: str):
    """Nothing is guessed."""
    one.publish()

    assert one.say(f"/suture explain{rest}") == "confused"

    assert one.answers[0].startswith(said)


def test_every_gate_has_a_meaning():
    """No gate is shown without what it asks."""
    assert tuple(MEANINGS) == GATES


def test_hostile_words_do_nothing():
    """Whoever wrote them: the model, the pull request, or its tests."""
    claim = Claim(*[EVIL] * 4)
    finding = replace(proven().finding, claim=claim, explanation=EVIL, impact=EVIL, doubt=EVIL)
    proof = Proof(Verdict.PROVEN, (passed("G3", EVIL), refused("G5", Reason.NOT_GREEN, EVIL)))

    told = explained(KeptProof("a" * 40, proven(finding=finding, proof=proof)), "")

    for active in ("@admin", "shop#3", "://evil", "<img", "![", "</details> <", "<!--"):
        assert active not in told


def test_a_gate_that_was_skipped_is_not_shown_as_held():
    """Three answers, three words; and however much there is, it fits."""
    gates = (
        passed("G3", "a"),
        skipped("G13", "no model"),
        refused("G8", Reason.HUNK_NOT_NEEDED, "x" * 9_000),
    )
    one = replace(proven(), proof=replace(proven().proof, gates=gates * 100))

    told = explained(KeptProof("a" * 40, one), "")

    assert len(told) <= MOST
    told = explained(KeptProof("a" * 40, replace(one, proof=replace(one.proof, gates=gates))), "")
    assert [row.split(" | ")[1] for row in told.splitlines() if row.startswith("| G")] == [
        "holds",
        "skipped",
        "**does not hold**",
    ]
