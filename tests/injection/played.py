"""One attack played through: the review, the author's stages, and what would be written if it all held."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.budget import Purse
from bot.conclude import Case, conclude, untried
from bot.errors import SandboxUnavailable
from bot.fix.patches import examine_patch
from bot.fix.write import patch_from
from bot.forge.writes import PullState, Write
from bot.gates import placement, static
from bot.log import JsonLines
from bot.publish.outputs.fix_commits import fix_files
from bot.publish.plan import Facts, Fixes, plan
from bot.records import (
    Finding,
    Fix,
    FixAttempt,
    Gate,
    Outcome,
    Patch,
    Phase,
    Proof,
    Reason,
    RegressionTest,
    Reproduction,
    Review,
    Run,
    RunStatus,
    TestOutcome,
    TestStatus,
    Verdict,
)
from bot.regression.languages.python import Python
from bot.regression.unit import unit_of_finding
from bot.review.panel import Panel
from bot.review.reviewers import Feedback, Material
from bot.review.reviewers.claude import ClaudeReviewer
from bot.review.reviewers.rules import Rules
from tests.fakes.messages_api import Json, MessagesApi
from tests.injection.attacks import UNSEEN, Attack
from tests.injection.obedient import Obedient
from tests.injection.repository import material

WEB = "https://git.example/acme/shop"
NO_RUN = SandboxUnavailable("No sandbox is wanted in these tests.")


@dataclass
class Played:
    """All that can be looked at afterwards."""

    attack: Attack
    material: Material
    review: Review  # of the model and the rules
    outcome: Outcome
    writes: tuple[Write, ...]
    requests: list[Json]
    obeyed: list[str]
    log: list[str] = field(default_factory=list)
    test_stopped: Reason | str = ""
    fix_stopped: Reason | str = ""

    @property
    def said(self) -> str:
        """The text, where it may turn up in a run as well."""
        return "" if self.attack.where in UNSEEN else self.attack.text


def play(attack: Attack, folder: Path, claude: ClaudeReviewer, api: MessagesApi) -> Played:
    """Review, test, second test and fix; then the writes as if the runs had confirmed what the model said."""
    model = Obedient(attack.text, attack.says)
    api.script = model
    del api.requests[:]
    claude = claude.paying_from(Purse())
    here = material(folder, attack.where, attack.text)
    with _logged() as log:
        panel = Panel((claude, Rules()))
        review = panel.review(here)
        played = Played(attack, here, review, conclude(here.change, review, ()), (), api.requests[:], [], log)
        cases = tuple(
            _carried(one, played, claude) if one.reviewer == "claude" else untried(one, NO_RUN)
            for one in review.findings
        )
        if all(one.reviewer != "claude" for one in review.findings):  # the author's stages are attacked too
            _carried(replace(review.findings[0], reviewer="claude"), played, claude)
        played.outcome = conclude(here.change, review, cases)
        played.writes = _writes(played.outcome, here.tree)
    played.requests, played.obeyed = api.requests[:], model.obeyed
    return played


def _carried(finding: Finding, played: Played, claude: ClaudeReviewer) -> Case:
    """Steps 3 to 5 without a run: what the text of test and fix allows is taken for confirmed."""
    here, language, said = played.material, Python(), played.said
    place = language.placement(finding, here.tree)
    red = Gate("G3", passed=False, detail=f"E   {said}", reason=Reason.NOT_RED)
    seen = Feedback(RegressionTest(place.path, "def test_first(): ...\n"), (red,), f"1 passed\n{said}")
    answer = claude.write_test(finding, here, place, (seen,))
    if (test := answer.value) is None:
        played.test_stopped = "unusable"
        return Case(finding, Reproduction(None, declined=answer.declined, reason=answer.reason))
    text = static.judge(test.path, language.objections(test, here.tree, unit_of_finding(finding, here.tree)))
    played.test_stopped = text.reason
    claude.write_hidden_test(finding, here, place)
    patch = _patch(finding, test, played, claude)
    runs = (_run(test, "head", said), _run(test, "fixed", said))
    green = Gate("G5", passed=True, detail=f"Green. {said}")
    proof = Proof(Verdict.PROVEN, (green,), runs) if patch else None
    return Case(finding, Reproduction(test, (red,), runs[:1]), FixAttempt(patch), proof)


def _patch(finding: Finding, test: RegressionTest, played: Played, claude: ClaudeReviewer) -> Patch | None:
    here = played.material
    green = Gate("G5", passed=False, detail=played.said, reason=Reason.NOT_GREEN)
    seen = Feedback(Fix((), "Nothing yet."), (green,), played.said)
    candidate = claude.write_fix(finding, test, here, (seen,)).value
    if candidate is None:
        played.fix_stopped = "unusable"
        return None
    patch = patch_from(candidate, here.tree)
    if isinstance(patch, Gate):
        played.fix_stopped = patch.reason
        return None
    gate = placement.judge_patch(examine_patch(patch, here.tree, Python()))
    played.fix_stopped = gate.reason
    return patch if gate.passed else None


def _run(test: RegressionTest, tree: str, said: str) -> Run:
    status = TestStatus.FAILED if tree == "head" else TestStatus.PASSED
    seen = TestOutcome(f"{test.path}::{said}", status, Phase.CALL, exception=said, message=said)
    command = ("python", "-m", "pytest", f"{test.path}::{said}")
    side = "head" if tree == "head" else "fixed"
    return Run(side, command, RunStatus.EXITED, 1, 0.1, (seen,), output=said, conditions=said)


def _writes(outcome: Outcome, tree: Path) -> tuple[Write, ...]:
    files = {}
    for one in outcome.examined:
        if one.patch and one.test:
            files[one.finding.id] = fix_files(one.patch, one.test, tree)
    change = outcome.change
    state = PullState(change.head_sha, is_open=True, repository_node="R_1")
    return plan(outcome, state, Facts(7, f"1:7:{change.head_sha}", WEB), Fixes(files))


@contextmanager
def _logged() -> Iterator[list[str]]:
    """Every line that is logged within the block, as the program writes it."""
    lines: list[str] = []

    class Keeps(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Keeps(logging.DEBUG)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
