"""The evaluation's numbers, recordings and desk, without running anything."""

from __future__ import annotations

import json
import threading
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import anthropic
import pytest

from bot.review.claude.client import build_client
from tests.evals.by_hand import Desk
from tests.evals.review.__main__ import README, with_results
from tests.evals.review.families import is_same
from tests.evals.review.live import Live
from tests.evals.review.measures import MEASURES, counted, pairwise, precision, recall
from tests.evals.review.picture import picture
from tests.evals.review.recording import Replay, Source, Tape, digest_of
from tests.evals.review.rows import Row, Told, told_of
from tests.evals.review.share import Share, share
from tests.evals.review.tables import Setting, document, gaps, markdown
from tests.evals.review.truth import Truth, changed_rows, changed_units
from tests.fakes.messages_api import Answer, Json, MessagesApi, fails, refuses

SETTING = Setting("claude", "1", {"review": 3}, "2026-11-25")
TRUTH = Truth(("CWE-22",), {"a.py": ((10, 11),)}, {"a.py": ((8, 30),)})
OTHER = Truth(("CWE-89",), TRUTH.hunks, TRUTH.units)
SOURCE = """import os


@cached
def first(a):
    return os.path.join(a)


class Shop:
    limit = 3

    def second(self):
        return self.limit
"""


def request(text: str = "Look.", nonce: str = "a" * 24, **changes: object) -> Json:
    """A request as the reviewer makes it."""
    change = f"<<<change {nonce}\n+ code\nchange {nonce}>>>"
    content = [{"type": "text", "text": change}, {"type": "text", "text": f"Task: review. {text}"}]
    asked = {"model": "claude-opus-5-5", "max_tokens": 100, "system": "Be exact."}
    return {**asked, "messages": [{"role": "user", "content": content}], **changes}


def told_run(output: str, nonce: str) -> list[Json]:
    """A turn that tells of a run."""
    return [{"role": "user", "content": f"<<<output {nonce}\n{output}\noutput {nonce}>>>\nWhen? 1 s."}]


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_interval_is_wilsons(part: int, whole: int, low: float, high: float):
    """Values that tables of the interval give."""
    assert Share(part, whole).interval == pytest.approx((low, high), abs=5e-5)


def test_a_share_of_nothing_is_no_number():
    """And what was not asked does not count."""
    assert str(share([None, None])) == "–"
    assert share([True, None, False]) == Share(1, 2)


def test_families_tell_weaknesses_apart():
    """Children of one parent are the same, a pillar above all of them is not, an unknown one is itself."""
    assert is_same("CWE-23", ["CWE-22"])
    assert is_same("CWE-95", ["CWE-79", "CWE-94"])
    assert not is_same("CWE-20", ["CWE-22"])
    assert not is_same("CWE-74", ["CWE-89"])
    assert is_same("CWE-99999", ["CWE-99999"])


def test_rows_and_units_of_a_change():
    """Rows of the new side; around a deletion both; the function with its decorator, else the statement."""
    diff = "@@ -5,0 +6 @@ def first\n+x\n@@ -12,2 +10,0 @@ class\n-y\n-z\n@@ -1 +1 @@\n-a\n+b\n"

    assert changed_rows(diff) == ((6, 6), (10, 11), (1, 1))
    assert changed_units(SOURCE, ((6, 6),)) == ((4, 6),)
    assert changed_units(SOURCE, ((10, 10), (13, 13), (1, 1))) == ((10, 10), (12, 13))


@pytest.mark.parametrize(
    ("path", "start", "end", "cwe", "right", "near"),
    [
        ("a.py", 10, 10, "CWE-22", True, True),
        ("a.py", 5, 8, "CWE-23", True, True),
        ("a.py", 20, 21, "CWE-22", True, False),
        ("a.py", 31, 33, "CWE-22", False, False),
        ("a.py", 10, 10, "CWE-78", False, True),
        ("b.py", 10, 10, "CWE-22", False, False),
    ],
)
def test_a_finding_is_right_by_weakness_and_place(
    path: str, start: int, end: int, cwe: str, right: bool, near: bool
):
    """Near is within three rows of the fix, whatever the weakness."""
    assert (TRUTH.is_right(path, start, end, cwe), TRUTH.is_near(path, start, end)) == (right, near)
    assert not Truth().is_right(path, start, end, cwe)


def report(verdict: str) -> Json:
    """A finding on the defect, one that was dropped, one without a place, and one that was said again."""
    gate = {"gate": "G3", "passed": False, "reason": "not-red", "detail": "No test fails."}
    found = {"path": "a.py", "start_line": 10, "end_line": 10, "cwe": "CWE-22", "title": "t"}
    found |= {"verdict": verdict, "patch": "diff", "test": {"path": "t.py", "content": "c"}}
    gone = {"title": "t", "path": "a.py", "line": 12, "cwe": "CWE-22", "reason": "refuted", "stage": "refute"}
    lost = {**gone, "line": 0, "reason": "could not be anchored", "stage": "review"}
    again = {**lost, "reason": "the same weakness was reported twice"}
    return {"findings": [found | {"proof": {"gates": [gate]}}], "dropped": [gone, lost, again]}


def row(form: str, verdict: str, truth: Truth = TRUTH, **changes: object) -> Row:
    told = told_of(report(verdict), truth) if verdict else ()
    return Row("case", form, **{"status": "evaluated", "told": told, **changes})  # type: ignore[arg-type]


def test_all_that_was_said_is_kept_with_its_fate():
    """With the reason it is not posted; what has a row is anchored, and what was said of such a row again."""
    told = told_of(report("unproven"), TRUTH)

    assert [(one.fate, one.is_anchored, one.is_right, one.why) for one in told] == [
        ("unproven", True, True, "G3: No test fails."),
        ("refute", True, True, "refuted"),
        ("review", False, False, "could not be anchored"),
        ("review", True, False, "the same weakness was reported twice"),
    ]


def test_a_false_finding_lowers_precision():
    """Of another weakness on A, and any on C, however well it is proven."""
    rows = [row("A", "proven"), row("A", "reproduced", OTHER), row("C", "proven", Truth())]

    assert precision(rows[:1]) == Share(1, 1)
    assert precision(rows) == Share(1, 3)


def test_only_what_is_posted_is_found():
    """A claim that no run confirmed was said, not found."""
    rows = [row("A", "proven"), row("A", "unproven"), row("R", "")]

    assert recall(rows) == Share(1, 3)
    assert [one.is_said for one in rows] == [True, True, False]


def test_a_pair_wants_both_found_and_silent():
    """A failed review of C is not silence; one that was not recorded makes no pair."""
    found, silent = row("A", "proven"), row("C", "")

    assert pairwise([found, silent]) == Share(1, 1)
    assert pairwise([found, row("C", "proven", Truth())]) == Share(0, 1)
    assert pairwise([found, row("C", "", status="failed")]) == Share(0, 1)
    assert pairwise(counted([found, row("C", "", status="not evaluated")])) == Share(0, 0)


def test_what_is_not_recorded_is_said_and_not_counted():
    """A failed review counts as one that found nothing."""
    rows = [
        row("A", "proven", requests=3),
        row("A", "", status="not evaluated", requests=2, missed=2),
        row("A", "", status="failed", note="the model was not there"),
    ]

    assert gaps(rows)[0].startswith("2 of 5 requests were not recorded: the prompt or the case has changed.")
    assert recall(counted(rows)) == Share(1, 2)
    assert "| reviews | 2 of 3, 1 failed | 2 of 3, 1 failed |" in markdown(rows, SETTING)
    assert "2 of 5 requests" in markdown(rows, SETTING)
    assert "Prompts: review 3." in markdown(rows, SETTING)
    assert "estimates" not in markdown(rows, SETTING)
    assert "estimates" in markdown([row("A", "", is_estimated=True)], SETTING)


def test_document_and_picture_hold_every_measure():
    """The document is JSON, the picture XML; neither has a number for what was not measured."""
    rows = [row("A", "proven", fix_verified=True), row("C", "")]

    found = json.loads(json.dumps(document(rows, SETTING)))
    drawn = ET.fromstring(picture(rows, SETTING))  # noqa: S314  our own

    assert set(found["measures"]) == {one.name for one in MEASURES}
    assert found["measures"]["red-green"]["all"] == {"part": 0, "whole": 0, "value": None, "interval": None}
    words = "".join(drawn.itertext())
    assert "fix verified" in words
    assert "red-green" not in words


@pytest.mark.parametrize("reviewer", ["claude", "auto", "rules"])
def test_results_take_their_place_in_the_readme(reviewer: str):
    """Those of the other reviewers stay; written again they are the same."""
    setting = Setting(reviewer, "1", {}, "2026-11-25")
    before = README.read_text(encoding="utf-8")

    once = with_results(before, [row("A", "proven")], setting)

    assert f"Reviewer {reviewer}, Suture 1, 2026-11-25." in once
    assert with_results(once, [row("A", "proven")], setting) == once
    assert once.count("<!-- results of ") == before.count("<!-- results of ") == 3


def test_a_request_is_the_same_whatever_its_secret():
    """And another one with another word, model, schema or system; a word outside the marks counts in full."""
    known = digest_of(request())

    assert digest_of(request(nonce="b" * 24)) == known
    assert digest_of(request(max_tokens=7)) == known
    for other in (
        request("Look!"),
        request(model="m"),
        request(output_config={}),
        request(system="Be kind."),
    ):
        assert digest_of(other) != known
    assert digest_of(request("b" * 24, nonce="b" * 24)) != digest_of(request("c" * 24, nonce="b" * 24))


def test_seconds_of_a_run_do_not_make_a_request_another():
    """What else it printed does, and seconds outside of what it printed."""

    def told(output: str, nonce: str = "a" * 24) -> str:
        asked = request(nonce=nonce)
        return digest_of({**asked, "messages": asked["messages"] + told_run(output, nonce)})

    assert told("1 failed in 0.02s <A at 0x7f0>") == told("1 failed in 1.31s <A at 0x7a1>", "b" * 24)
    assert told("1 failed in 0.02s") != told("2 failed in 0.02s")
    assert digest_of(request("in 1 s")) != digest_of(request("in 2 s"))


class Service:
    """A source whose replies are numbered."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = iter(answers)

    def __call__(self, asked: Json, ordinal: int) -> Answer:
        return next(self._answers)


def ask(tape: Tape, source: Source | None, *times: int) -> list[Answer]:
    replay = Replay(tape, source)
    return [replay(request()) for _ in times]


def test_samples_of_one_request_are_told_apart(tmp_path: Path):
    """The second reply is the second's, recorded and replayed; a third is missed."""
    file = tmp_path / "case-A.jsonl"

    first = Tape(file)
    said = ask(first, Service(Answer("one"), refuses()), 1, 2)
    tape = Tape(file)
    again = ask(tape, None, 1, 2, 3)

    assert [one.text for one in said] == ["one", None]
    assert [(one.text, one.stop_reason) for one in again[:2]] == [("one", "end_turn"), (None, "refusal")]
    assert again[1].stop_details == refuses().stop_details
    assert first.is_estimated
    assert (again[2].status, tape.missed, tape.asked) == (400, ["review"], 3)


def test_a_failed_request_is_not_recorded(tmp_path: Path):
    """The one that the reviewer sends after it is the first that got a reply."""
    file = tmp_path / "case-A.jsonl"
    tape = Tape(file)

    ask(tape, Service(fails(529, "overloaded_error"), Answer("one")), 1, 2)

    assert tape.asked == 1
    assert [one.text for one in ask(Tape(file), None, 1)] == ["one"]


def test_lines_of_older_prompts_go_when_a_run_was_whole(tmp_path: Path):
    """Not when something was missed: then nobody knows what is old."""
    file = tmp_path / "case-A.jsonl"
    Replay(Tape(file), Service(Answer("old")))(request("Old."))
    missing = Tape(file)
    ask(missing, None, 1)
    missing.drop_unused()
    assert len(file.read_text().splitlines()) == 1

    tape = Tape(file)
    ask(tape, Service(Answer("new")), 1)
    tape.drop_unused()

    assert [json.loads(one)["reply"] for one in file.read_text().splitlines()] == ["new"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[anthropic.Anthropic, Path, Path]]:
    """A client of a desk that is recorded, the desk's folder, and the recording."""
    folder, file = tmp_path / "desk", tmp_path / "case-A.jsonl"
    script = Replay(Tape(file), Desk(folder).lay_out)
    with MessagesApi(script).running() as api, build_client(api_key="k", base_url=api.url) as client:
        yield client, folder, file


def test_a_reply_by_hand_is_waited_for_and_recorded(desk: tuple[anthropic.Anthropic, Path, Path]):
    """Half a file is no reply yet; what is whole is sent and written down."""
    client, folder, file = desk

    def write() -> None:
        while not (notes := list(folder.glob("*.request.md"))):
            threading.Event().wait(0.01)
        reply = notes[0].with_name(notes[0].name.replace(".request.md", ".reply.json"))
        reply.write_text('{"review": ')
        threading.Event().wait(0.05)
        reply.write_text('{"review": null}')

    hand = threading.Thread(target=write)
    hand.start()
    said = client.messages.create(**request())
    hand.join()

    assert said.content[0].text == '{"review": null}'
    assert "Task: review. Look." in next(folder.glob("review-*-1.request.md")).read_text()
    assert json.loads(file.read_text())["reply"] == '{"review": null}'


def test_live_passes_replies_and_failures_on():
    """With the service's own counts; a failure as it is, with what it says of trying again."""
    script = iter([Answer("said", thinking=True), fails(529, "overloaded_error", retry_after="7")])
    with (
        MessagesApi(lambda _: next(script)).running() as api,
        build_client(api_key="k", base_url=api.url) as client,
    ):
        live = Live(client)
        said, failed = live(request(), 1), live(request(), 2)

    assert (said.text, said.stop_reason) == ("said", "end_turn")
    assert said.changes["usage"]["output_tokens"] == 1
    assert (failed.status, failed.headers["retry-after"]) == (529, "7")
    assert json.loads(failed.body or b"")["error"]["type"] == "overloaded_error"


def test_what_was_posted_is_told_from_what_was_said():
    """Only the two verdicts that a run gave."""
    place = ("a.py", 1, 1, "CWE-22", "t")
    fates = ("proven", "reproduced", "unproven", "prove")

    assert [Told(*place, fate, True, True, True).is_posted for fate in fates] == [True, True, False, False]
