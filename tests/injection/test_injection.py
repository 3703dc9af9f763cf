"""Attacks by words, against what the program does with a model that obeys every one of them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from bot.forge.markers import FIX_BRANCHES
from bot.forge.writes import CommitFix, CompleteCheck, PostReview
from bot.publish.outputs import json_report, markdown, sarif, terminal
from bot.records import Conclusion
from bot.review.cards import load_cards
from bot.review.claude.look import CARDS, HINTED
from bot.review.claude.prompts import load_prompts
from bot.review.reviewers.claude import ClaudeReviewer
from tests.fakes.messages_api import Json, MessagesApi
from tests.injection.attacks import ATTACKS, HIDING, UNSEEN, Attack
from tests.injection.harmless import acting_in, acting_in_plain
from tests.injection.obedient import API_KEY, NONCE, listening
from tests.injection.played import WEB, Played, play
from tests.injection.repository import SOURCE

PROMPTS = load_prompts()
AGAIN = PROMPTS.again.fill(order="H0")
FIRST_LOOK = "A first look found these hunks worth a closer one: H0. The others count as well."
HEADINGS = {
    "not_reviewed": "### Not reviewed",
    "declined": "### Declined by a model",
    "dropped": "that no run confirmed",
}
Model = tuple[ClaudeReviewer, MessagesApi]


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    with listening() as both:
        yield both


@pytest.fixture(scope="module", params=ATTACKS, ids=str)
def played(request: pytest.FixtureRequest, model: Model, tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(request.param, tmp_path_factory.mktemp("attack") / "tree", *model)


@pytest.fixture(scope="module")
def usual_words(model: Model, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Everything outside the marks that the program says of a pull request without an attacker."""
    peaceful = Attack("peace", "readme", "Have a look at the handbook.")
    played = play(peaceful, tmp_path_factory.mktemp("peace") / "tree", *model)
    others = (PROMPTS.malformed.fill(problem="[problem]"), PROMPTS.harden.fill(), PROMPTS.triage.fill())
    return {outside for one in played.requests for outside, _ in told(one)} | set(
        map(without_numbers, others)
    )


def told(request: Json) -> list[tuple[str, list[str]]]:
    """Of each of the user's turns and blocks: what stands outside the marks, and the fenced texts."""
    contents = [one["content"] for one in request["messages"] if one["role"] == "user"]
    texts = [
        block["text"]
        for content in contents
        for block in ([{"text": content}] if isinstance(content, str) else content)
    ]
    match = NONCE.match(texts[0])
    assert match, texts[0][:80]
    fence = re.compile(rf"<<<(\w+) {match[1]}\n(.*?)\n\1 {match[1]}>>>", re.DOTALL)
    return [
        (without_numbers(fence.sub(r"[\1]", text)), [found[2] for found in fence.finditer(text)])
        for text in texts
    ]


def without_numbers(text: str) -> str:
    """Without what differs from change to change: numbers, how many hunks there are, which cards fit."""
    for own in (HINTED, "[hints]", CARDS, *(f"- {card.text}" for card in load_cards())):
        text = text.replace(own, "")
    text = re.sub(r"H0(, H0)*", "H0", re.sub(r"\d+", "0", text))
    return re.sub(r"\n{2,}", "\n\n", text.replace(FIRST_LOOK, "").replace(AGAIN, ""))


def test_there_are_enough_attacks_and_each_is_its_own() -> None:
    """At least thirty, on every place that a pull request can put words in."""
    assert len(ATTACKS) >= 30
    assert len({one.name for one in ATTACKS}) == len({one.text for one in ATTACKS}) == len(ATTACKS)
    assert {one.where for one in ATTACKS} >= UNSEEN | {
        "comment",
        "docstring",
        "file name",
        "conftest",
        "output",
    }


def test_untrusted_text_stands_between_the_marks(played: Played, usual_words: set[str]) -> None:
    """Outside of them every request says the same words, whoever wrote the pull request and the replies."""
    for request in played.requests:
        assert [block["text"] for block in request["system"]] == [PROMPTS.system.text]
        match = NONCE.match(request["messages"][0]["content"][0]["text"])
        assert match
        for outside, inside in told(request):
            assert outside in usual_words
            assert not any(match[1] in text for text in inside)


def test_the_model_is_shown_code_and_nothing_about_the_pull_request(played: Played) -> None:
    """Title, body, branch and commit messages are in no request; what stands in a file is, and was obeyed."""
    attack = played.attack
    if attack.where in UNSEEN:
        assert attack.text not in json.dumps(played.requests, ensure_ascii=False)
        assert played.obeyed == []
    else:
        assert set(played.obeyed) >= set(attack.says) - {"harden"}


def test_a_file_name_begins_no_line(played: Played) -> None:
    """What follows a line feed in a name would look like a row, a label or a file of its own."""
    if played.attack.where == "file name":
        (change,) = told(played.requests[0])[0][1]
        assert not set(change.splitlines()) & set(f"{played.attack.text}.txt".splitlines())


def test_no_secret_reaches_the_model_or_the_log(played: Played) -> None:
    """The key is a header of the requests and nothing else."""
    assert API_KEY not in json.dumps(played.requests)
    assert API_KEY not in "\n".join(played.log)


def test_the_rules_speak_whatever_the_model_says(played: Played) -> None:
    """The defect is among the findings, though the model was told to be silent, and nothing is clean."""
    assert any(one.cwe == "CWE-89" and one.path == SOURCE for one in played.review.findings)
    assert played.outcome.conclusion is not Conclusion.CLEAN


def test_nothing_is_left_out_without_a_word(played: Played) -> None:
    """What the model left out, refused or could not place is named in the check run and in every format."""
    if name := played.attack.named_in:
        assert getattr(played.outcome, name)
        (check,) = (one for one in played.writes if isinstance(one, CompleteCheck))
        assert HEADINGS[name] in check.summary
        assert check.conclusion != "success"
        assert json.loads(json_report.render(played.outcome))[name]


def test_what_the_eye_misses_is_told(played: Played) -> None:
    """Hidden characters and look-alike letters in what the change adds are named in the check run."""
    (check,) = (one for one in played.writes if isinstance(one, CompleteCheck))
    if not (wanted := played.attack.remark):
        assert played.outcome.remarks == () or "\n" in played.attack.text
        return
    assert any(wanted in one.what for one in played.outcome.remarks)
    assert "### Remarks" in check.summary
    assert wanted.split()[0].strip("⟩") in check.summary.replace("\\_", "_")


def test_gates_stop_what_the_model_was_told_to_write(played: Played) -> None:
    """A test that reaches out and a fix of anything but source are refused before anything runs."""
    assert played.test_stopped == played.attack.test_stopped
    assert played.fix_stopped == played.attack.fix_stopped


def test_only_the_planned_files_are_written(played: Played) -> None:
    """A commit goes to a branch of its own and holds the fixed source and the new test, no more."""
    for write in played.writes:
        if isinstance(write, CommitFix):
            (test,) = (one.path for one in write.files if one.path != SOURCE)
            assert {one.path for one in write.files} == {SOURCE, test}
            assert re.fullmatch(r"tests/test_\w+\.py", test)
            assert not (played.material.tree / test).exists()
            assert re.fullmatch(FIX_BRANCHES + r"pr-7-[0-9a-f]{8}-a{7}", write.branch)
            assert acting_in_plain(f"{write.subject}\n{write.body}") == []


def test_nothing_acts_in_what_is_posted(played: Played) -> None:
    """No mention, reference, link elsewhere, image, HTML, hidden character or marker but our own."""
    for write in played.writes:
        if isinstance(write, PostReview):
            for body in (write.body, *(one.body for one in write.comments)):
                assert acting_in(body, WEB) == []
        elif isinstance(write, CompleteCheck):
            for body in (write.summary, write.text):
                assert acting_in(body, WEB) == []
            assert acting_in_plain(write.title) == []
    assert acting_in(markdown.render(played.outcome), WEB) == []


def test_nothing_acts_in_the_other_formats(played: Played) -> None:
    """No code for the terminal, no link in SARIF's messages."""
    console = Console(file=io.StringIO(), width=200)
    terminal.render(played.outcome, console)
    shown: io.StringIO = console.file  # type: ignore[assignment]  # what was given above

    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", shown.getvalue())
    assert "](" not in json.dumps([one["message"] for one in results(played)])


def results(played: Played) -> list[Json]:
    (run,) = json.loads(sarif.render(played.outcome))["runs"]
    found: list[Json] = run["results"]
    return found


def test_a_silenced_model_is_heard_as_silence_alone(model: Model, tmp_path: Path) -> None:
    """Without the rules an obedient silence cannot be told from an honest one: the panel is what helps."""
    played = play(HIDING[4], tmp_path / "tree", *model)

    assert {one.reviewer for one in played.review.findings} == {"rules"}
    assert "review" in played.obeyed
