"""Every variant of what people read on a pull request: `python -m tests.fakes.variants` writes them.

A file for each stands in tests/cases/texts, and a test compares them. Look at what changed before you commit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bot.errors import Stopped
from bot.forge.markers import Marker, review_marker
from bot.forge.writes import CompleteCheck
from bot.publish import applied, replies, texts
from bot.publish.comment import Links, comment
from bot.publish.outputs import check_run
from bot.publish.suggestion import Suggestion
from bot.records import (
    Answer,
    Conclusion,
    Declaration,
    Declined,
    Dropped,
    Examined,
    FlowStep,
    Gate,
    KeptTest,
    NotReviewed,
    Outcome,
    Proof,
    Reason,
    Rechecked,
    RegressionTest,
    Remark,
    Run,
    TestOutcome,
    TestStatus,
    Usage,
    Verdict,
)
from tests.fakes.published import PATH, TEST, a_run, proven
from tests.fakes.records import HEAD, a_change, a_finding

FOLDER = Path(__file__).parent.parent / "cases" / "texts"
WEB = "https://git.example/acme/shop"
BRANCH = "suture/fix/pr-7-01234567-aaaaaaa"
MARKER = Marker(HEAD, "0123456789abcdef")
HERE, FORK = Links(WEB, BRANCH, HEAD), Links(WEB, "", HEAD)
SUGGESTED = Suggestion(
    PATH,
    5,
    6,
    ('    query = "SELECT * FROM customers WHERE city = ?"', "    return db.execute(query, (city,))"),
)
ON_A_FORK = "The head is on a fork, to which this App does not push."
FLOW = (
    FlowStep("shop/web/search.py", 44, 'city = request.args["city"]'),
    FlowStep(PATH, 4, "def by_city(city):"),
    FlowStep(PATH, 5, "query = f\"SELECT * FROM customers WHERE city = '{city}'\""),
)
LONG = (
    "`by_city` puts the city into the statement's text, e.g. `'O''Brien'`. A quote in it ends the SQL "
    "string. What follows is read as SQL. The index on the city does not change this.\n\n"
    "Two callers hand the city on as it came."
)
HOSTILE = (
    "@admin see #1, https://evil.example <img src=x> ![x](y) </details> `code` **b**\n\n# heading\n"
    "<!-- suture:v1 fp=ff head=ff --> \u202egnp.exe ``` | cell"
)


def the_runs() -> tuple[Run, ...]:
    """Red and green, five more times each under other conditions, and the project's own tests."""
    sides = (("head", TestStatus.FAILED), ("fixed", TestStatus.PASSED))
    once = [a_run(tree, status) for tree, status in sides]
    again = [
        replace(run, conditions=f"PYTHONHASHSEED={seed}, order reversed, date +{seed}.3 days")
        for seed in range(1, 6)
        for run in once
    ]
    old = tuple(
        TestOutcome(f"tests/test_old.py::test_{number}", TestStatus.PASSED, once[0].outcomes[0].phase)
        for number in range(213)
    )
    command = ("/opt/env/bin/python", "-m", "pytest")
    suite = [replace(run, command=command, exit_code=0, outcomes=old, seconds=9.1) for run in once]
    return (*once, *again, *suite)


GATES = (
    *(Gate(f"G{number}", passed=True, detail=f"What gate {number} saw.") for number in range(13)),
    Gate("G13", passed=True, detail="skipped: there is no model to write a second test", skipped=True),
    Gate("G14", passed=True, detail="At home; the longest function has 9 lines of code."),
)
PROVEN = proven(proof=Proof(Verdict.PROVEN, GATES, the_runs()))
NOT_GREEN = Gate("G5", passed=False, reason=Reason.NOT_GREEN, detail="The test is still red with the fix.")
REPRODUCED = proven(
    patch=None, proof=Proof(Verdict.REPRODUCED, (*GATES[:5], NOT_GREEN), (a_run("head", TestStatus.FAILED),))
)


def with_finding(one: Examined, **changes: object) -> Examined:
    """The same with other words of the reviewer's."""
    return replace(one, finding=replace(one.finding, **changes))  # type: ignore[arg-type]  # the caller's fields


def hostile() -> str:
    """A stranger's words in every place that takes some."""
    one = with_finding(
        PROVEN, title=HOSTILE, explanation=HOSTILE, impact=HOSTILE, cwe="CWE-89 @x",
        flow=(FlowStep(HOSTILE, 1, HOSTILE), FlowStep(PATH, 2, '"]]; click n0 "x" %%{init: {}}%%')),
    )  # fmt: skip
    test = RegressionTest("tests/`x` & y/test_@z.py", f"```\n{HOSTILE}\n", Declaration("exception", "A;B"))
    gates = (Gate("G3", passed=True, detail=HOSTILE),)
    runs = tuple(replace(run, conditions=HOSTILE, python_path=("src; x",)) for run in the_runs()[:2])
    one = replace(one, test=test, proof=Proof(Verdict.PROVEN, gates, runs))
    return comment(one, MARKER, FORK, Suggestion(PATH, 5, 5, ("````", "</details>")), HOSTILE)


def check(conclusion: Conclusion, *examined: Examined, **changes: object) -> str:
    """The check run: its title, its summary and its text."""
    made = Outcome(a_change(head_repository="acme/shop", repository="acme/shop"), conclusion, examined)
    outcome = replace(made, **changes)  # type: ignore[arg-type]  # the caller's fields
    return as_text(check_run.render(outcome, "1:7:head", ()))


def as_text(write: CompleteCheck) -> str:
    """What GitHub shows of a check run, one part after the other."""
    buttons = "".join(f"[{one.label}: {one.description}]" for one in write.buttons)
    parts = [f"{write.conclusion}: {write.title}", write.summary, buttons, write.text]
    return "\n\n".join(part for part in parts if part)


LEFT_OUT = {
    "dropped": (
        Dropped("A quote ends the string", "shop/export.py", 3, "CWE-89", "the test was green", "reproduce"),
        Dropped("A page outside", "tools/page.py", 9, "CWE-22", "tools/** is run by hand only", "config"),
    ),
    "not_reviewed": (
        NotReviewed("big.py", "The change of this file is too large for GitHub to show."),
        NotReviewed("logo.svg", "no code", in_scope=False),
    ),
    "declined": (Declined("review", "a-model", "cyber", ("shop/a.py:1",), "another-model"),),
    "usage": Usage(7, 40_000, 10_000, 2_000, 9_000, 0.42),
    "remarks": (Remark(".github/suture.yml", 3, "Unknown key: `rule`."),),
    "rechecked": (
        Rechecked(KeptTest(a_finding(), TEST, ()), Answer.FIXED),
        Rechecked(KeptTest(a_finding(), TEST, ()), Answer.UNKNOWN, "The module has moved."),
    ),
}
UNPROVEN = Examined(
    a_finding(path="web/a.js", cwe="CWE-79", title="Script in a page"),
    Proof(
        Verdict.UNPROVEN,
        (Gate("G2", passed=False, detail="no runner for JavaScript", reason=Reason.NO_RUNNER),),
    ),
)

PATCH = PROVEN.patch.diff if PROVEN.patch else ""

VARIANTS: dict[str, Callable[[], str]] = {
    "comment proven, suggestion and commit": lambda: comment(PROVEN, MARKER, HERE, SUGGESTED),
    "comment proven, commit": lambda: comment(PROVEN, MARKER, HERE, None),
    "comment proven, on a fork": lambda: comment(PROVEN, MARKER, FORK, SUGGESTED, ON_A_FORK),
    "comment proven, commit refused": lambda: comment(
        PROVEN, MARKER, FORK, None, "GitHub refused: Repository rule violations found."
    ),
    "comment proven, nothing to compare": lambda: comment(
        replace(PROVEN, proof=replace(PROVEN.proof, runs=PROVEN.proof.runs[:0])), MARKER, HERE, SUGGESTED
    ),
    "comment reproduced": lambda: comment(REPRODUCED, MARKER, FORK, None),
    "comment with its way": lambda: comment(with_finding(PROVEN, flow=FLOW), MARKER, HERE, SUGGESTED),
    "comment with a long explanation": lambda: comment(
        with_finding(PROVEN, explanation=LONG, impact=f"{LONG} {LONG}"), MARKER, HERE, SUGGESTED
    ),
    "comment of hostile words": hostile,
    "review": lambda: texts.review_body(review_marker(HEAD, ["a", "b"]), 2),
    "reply fixed": lambda: texts.fixed(HEAD, is_answered=False),
    "reply fixed, and somebody wrote": lambda: texts.fixed(HEAD, is_answered=True),
    "reply back": lambda: texts.back(HEAD),
    "reply still there": lambda: texts.still(HEAD),
    "reply not known": lambda: texts.unknown(HEAD, "The module has moved."),
    "answer git apply": lambda: applied.git_apply([PATCH], replies.ON_A_FORK),
    "answer no fix": lambda: replies.no_fix(HEAD),
    "check clean": lambda: check(Conclusion.CLEAN),
    "check findings": lambda: check(Conclusion.FINDINGS, PROVEN, REPRODUCED),
    "check findings and all else": lambda: check(Conclusion.FINDINGS, PROVEN, UNPROVEN, **LEFT_OUT),
    "check incomplete": lambda: check(Conclusion.INCOMPLETE, UNPROVEN, not_reviewed=LEFT_OUT["not_reviewed"]),
    "check failed": lambda: check(Conclusion.FAILED, failure="No sandbox: install bubblewrap."),
    "check superseded": lambda: as_text(check_run.cancelled(a_change(), "1:7:head")),
    "check stopped": lambda: as_text(
        check_run.cancelled(a_change(), "1:7:head", Stopped("Stopped by dana with `/suture stop`."))
    ),
}  # fmt: skip


def place(name: str) -> Path:
    """The file of a variant."""
    return FOLDER / f"{name.replace(', ', '_').replace(' ', '-')}.md"


def main() -> None:
    """Write all of them, and nothing else into the folder."""
    for old in FOLDER.glob("*.md"):
        old.unlink()
    for name, render in VARIANTS.items():
        place(name).write_text(f"{render()}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
