"""An outcome as it is kept for the dashboard."""

from __future__ import annotations

from bot.publish.outputs import json_report
from bot.records import Answer, Archived, ArchivedFinding, Examined, Job, Outcome


def archived(job: Job, outcome: Outcome) -> Archived:
    """All of it in `report`, and what is counted beside it."""
    over = {Answer.FIXED, Answer.REMOVED}
    return Archived(
        job,
        outcome.conclusion,
        findings=tuple(_finding(one) for one in outcome.examined),
        fixed=tuple(one.kept.finding.id for one in outcome.rechecked if one.answer in over),
        declined=sum(len(one.hunks) or 1 for one in outcome.declined if not one.covered_by),
        not_reviewed=sum(one.in_scope for one in outcome.not_reviewed),
        usage=outcome.usage,
        report=json_report.render(outcome),
    )


def _finding(one: Examined) -> ArchivedFinding:
    what = one.finding
    return ArchivedFinding(
        what.id, what.severity, one.verdict, what.cwe, what.title, what.path, what.start_line
    )
