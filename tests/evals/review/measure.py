"""Takes one form of one case through the program, and what came of it through the trials, to a row."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from tests.evals.by_hand import Desk
from tests.evals.corpus import Built
from tests.evals.review.live import Live
from tests.evals.review.program import Said, Task, review
from tests.evals.review.recording import Replay, Source, Tape
from tests.evals.review.rows import Row, told_of, with_trials
from tests.evals.review.trials import trials_of
from tests.evals.review.truth import Truth, truth_of
from tests.fakes.messages_api import MessagesApi

KEY = "not-a-key"


@dataclass(frozen=True, slots=True)
class Plan:
    """Who reviews, and where replies come from: the recordings; else by hand, or the service."""

    reviewer: str
    recordings: Path
    desk: Path | None = None
    live: Live | None = None
    samples: int = 1  # looks at each change

    def source(self, task: Task) -> Source | None:
        """Who is asked for what is not recorded; None for nobody."""
        return self.live or (Desk(self.desk / task.blind).lay_out if self.desk else None)


def tasks_of(cases: list[Built], forms: tuple[str, ...]) -> list[Task]:
    """The forms that each case has: K for a clean one, the others for one with a defect."""
    return [
        Task(case, form)
        for case in cases
        for form in forms
        if (form == "K") == case.name.startswith("clean-")
    ]


def measure(task: Task, plan: Plan) -> Row:
    """The row. Raises NoCorpus and SutureError for what keeps the measuring itself from being done."""
    truth = truth_of(task.case) if task.branches.fixed else Truth()
    tape = Tape(plan.recordings / f"{task.name}.jsonl")
    source = plan.source(task)
    with tempfile.TemporaryDirectory(prefix="suture-eval-") as folder, ExitStack() as stack:
        variables: Mapping[str, str] = {"SUTURE_SAMPLES": str(plan.samples)}
        if plan.reviewer != "rules":
            api = stack.enter_context(MessagesApi(Replay(tape, source)).running())
            variables = {**variables, "ANTHROPIC_BASE_URL": api.url, "ANTHROPIC_API_KEY": KEY}
        said = review(task, plan.reviewer, Path(folder), variables)
    row = _row(task, said, tape, truth)
    if plan.desk:
        (plan.desk / task.blind).mkdir(parents=True, exist_ok=True)  # nothing may have been asked
        (plan.desk / task.blind / "DONE").touch()
    if source and row.status == "evaluated":
        tape.drop_unused()
    return _tried(task, row)


def _row(task: Task, said: Said, tape: Tape, truth: Truth) -> Row:
    row = Row(
        task.case.name,
        task.form,
        "failed",
        requests=tape.asked,
        missed=len(tape.missed),
        is_estimated=tape.is_estimated,
        seconds=round(said.seconds, 1),
    )
    if tape.missed:
        stages = ", ".join(sorted(set(tape.missed)))
        return replace(row, status="not evaluated", note=f"not recorded: {stages}")
    if said.report is None:
        return replace(row, note=said.log[-300:].strip() or "the program wrote no report")
    report = said.report
    told = told_of(report, truth)
    row = replace(row, conclusion=report["conclusion"], told=told, usage=report["usage"])
    if report["conclusion"] == "failed":
        return replace(row, note=report["failure"])
    return replace(row, status="evaluated")


def _tried(task: Task, row: Row) -> Row:
    if row.status != "evaluated" or not row.is_found:
        return row
    with trials_of(task) as trials:
        verified, red_green = with_trials(row, trials.verifies, trials.is_red_green)
    return replace(row, fix_verified=verified, red_green=red_green)
