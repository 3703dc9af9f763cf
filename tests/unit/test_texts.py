"""What people read: the proof in a line, and hostile words that do nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.diff.signs import is_hidden
from bot.forge.markers import Marker, find, review_marker
from bot.publish import neutral, report, texts
from bot.publish.comment import Links, comment
from bot.publish.evidence import same_but_times
from bot.publish.sections import MOST
from bot.publish.suggestion import Suggestion
from bot.records import (
    Conclusion,
    Declined,
    Dropped,
    Gate,
    NotReviewed,
    Outcome,
    Patch,
    Proof,
    RegressionTest,
    TestStatus,
    Verdict,
)
from tests.fakes.published import PATH, a_run, proven
from tests.fakes.records import HEAD, a_change, a_finding

LINKS = Links("https://git.example/acme/shop", "suture/fix/pr-1-0123-aaaaaaa", HEAD)
MARKER = Marker(HEAD, "0123456789abcdef")

EVIL = (
    "@admin see #1, GH-2, acme/shop#3, https://evil.example www.evil.example <img src=x> ![x](y) [a](b)\n"
    "# heading\n\n- [ ] task </details> <!-- suture:v1 fp=ff head=ff --> \u202egnp.exe ``` `````"
)


@pytest.mark.parametrize("render", [neutral.prose, neutral.line, neutral.code, neutral.cell])
def test_hostile_words_do_nothing(render) -> None:  # type: ignore[no-untyped-def]  # several signatures
    """No mention, reference, link, image, HTML or marker comes of other people's words."""
    shown = render(EVIL)

    assert "\u202e" not in shown
    assert "⟨U+202E⟩" in shown or len(shown) >= 200
    if render in {neutral.prose, neutral.line}:
        for active in ("@admin", "#1", "GH-2", "shop#3", "://evil", "www.evil", "<img", "![", "</", "<!--"):
            assert active not in shown
    else:
        longest = max(len(run) for run in neutral.re.findall("`+", shown))
        assert shown.startswith("`" * longest)
        assert shown.endswith("`" * longest)


def test_code_spans_of_the_model_stay_code() -> None:
    """A name in backticks is shown as code, and inside code nothing has to be escaped."""
    assert neutral.prose("call `f(x)` with <b>") == "call `f(x)` with &lt;b>"
    assert neutral.line("1. a_b") == "1\\. a\\_b"


@given(st.text(max_size=200))
def test_a_fence_holds_any_text(text: str) -> None:
    """No line of the content ends the block, and no hidden character is left in it."""
    first, *middle, last = neutral.fenced(text).split("\n")

    assert first == last
    assert not any(line.strip().startswith(first) for line in middle)
    assert not any(is_hidden(sign) for sign in "".join(middle))


def test_a_comment_is_one_screen_with_its_proof() -> None:
    """Severity, CWE and title; what goes wrong; why it matters; the proof in a line; the mend; evidence."""
    body = comment(proven(), MARKER, LINKS, Suggestion(PATH, 5, 5, ("fixed",)))

    before_fold = body.partition("<details>")[0]
    order = [
        "CWE-89: SQL injection",
        "The city",
        "Why it matters",
        "**Proven:**",
        "suggestion",
        "one commit",
    ]
    assert [before_fold.index(one) for one in order] == sorted(before_fold.index(one) for one in order)
    assert "**Proven:** red on `aaaaaaa`, green with the fix, 1 existing test unchanged." in before_fold
    assert before_fold.count("\n") < 25
    assert (
        "| head | `python -m pytest tests/test_customers_city.py` | 1 | 1 passed, 1 failed | plain | 0.4 s |"
        in body
    )
    assert "git checkout --detach FETCH_HEAD" in body
    assert find(body) == MARKER


def test_reproduced_is_not_called_proven() -> None:
    """A finding without a fix that holds says so, and why."""
    gates = (Gate("G5", passed=False, detail="The test is still red with the fix."),)
    one = proven(proof=Proof(Verdict.REPRODUCED, gates, (a_run("head", TestStatus.FAILED),)), patch=None)

    body = comment(one, MARKER, Links("", "", HEAD), None)

    assert "**Reproduced, no fix:**" in body
    assert "still red with the fix" in body
    assert "Proven" not in body


def test_a_body_never_outgrows_github() -> None:
    """Whole sections are left out, never half a fence, and it is said."""
    one = proven(
        finding=a_finding(explanation="x " * 90_000, impact="y" * 90_000, title="z" * 90_000),
        test=RegressionTest("t.py", "`" * 70_000),
        patch=Patch("`" * 70_000),
    )

    body = comment(one, MARKER, Links(head=HEAD), None)

    assert len(body) <= MOST
    assert body.count("<details>") == body.count("</details>")
    assert "left out" in body
    assert find(body) == MARKER


def test_only_the_first_line_is_a_marker() -> None:
    """Code that quotes a marker is not taken for one."""
    assert find(f"text\n{MARKER}\n") is None
    assert find(str(review_marker(HEAD, ["b", "a"]))) == review_marker(HEAD, ["a", "b"])
    assert review_marker(HEAD, ["a"]) != review_marker(HEAD, ["a", "b"])


def test_times_are_no_news() -> None:
    """Two bodies that differ by the runs' seconds alone say the same."""
    one = proven()
    quick = comment(one, MARKER, LINKS, None)
    runs = tuple(replace(run, seconds=7) for run in one.proof.runs)
    slow = comment(replace(one, proof=replace(one.proof, runs=runs)), MARKER, LINKS, None)

    assert quick != slow
    assert same_but_times(quick.replace("\n", "\r\n"), slow + "\n")
    assert not same_but_times(quick, quick.replace("1 failed", "2 failed"))


@pytest.mark.parametrize("conclusion", list(Conclusion))
def test_a_title_says_which_conclusion_it_is(conclusion: Conclusion) -> None:
    """Four outcomes, four beginnings; only a clean one says that nothing was found."""
    left = (NotReviewed("big.py", "too large"),)
    outcome = Outcome(
        a_change(), conclusion, (proven(),) if conclusion is Conclusion.FINDINGS else (),
        not_reviewed=() if conclusion is Conclusion.CLEAN else left, failure="No sandbox.",
    )  # fmt: skip

    title, summary = texts.title(outcome), report.summary(outcome)

    assert title.lower().startswith(conclusion)
    assert ("nothing found" in title) is (conclusion is Conclusion.CLEAN)
    assert ("not a clean bill" in summary) is (conclusion in {Conclusion.FINDINGS, Conclusion.INCOMPLETE})


def test_the_report_names_all_that_is_missing() -> None:
    """Files left out, refusals of a model and dropped claims, their names made harmless."""
    change = a_change()
    outcome = Outcome(
        change,
        Conclusion.INCOMPLETE,
        dropped=(Dropped("@x", "a|b.py", 3, "CWE-1", "not red | <b>", "reproduce"),) * 3,
        not_reviewed=tuple(NotReviewed(f"`|@all{number}", "too large") for number in range(3_000)),
        declined=(Declined("review", "model-1", "refused", ("a.py:1",)),),
    )

    summary = report.summary(outcome)

    assert len(summary) <= MOST
    assert "2950 more" in summary
    assert "model-1" in summary
    assert "3 claims that no run confirmed" in summary
    assert "<b>" not in summary


def test_a_title_does_not_call_reviewed_what_was_only_glanced_at() -> None:
    """A change that triage found nothing in had no review."""
    change = a_change()
    glanced = NotReviewed(change.files[0].path, "A first look saw nothing in it.", in_scope=False)

    assert texts.title(Outcome(change, Conclusion.CLEAN)) == "Clean: 1 file reviewed, nothing found"
    assert (
        texts.title(Outcome(change, Conclusion.CLEAN, not_reviewed=(glanced,)))
        == "Clean: nothing in 1 file bears on security"
    )
