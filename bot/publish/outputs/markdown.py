"""The outcome as Markdown, for job summaries and for pasting: the check run's report as one document."""

from __future__ import annotations

from bot.publish import neutral, report, texts
from bot.publish.evidence import proof_line
from bot.publish.sections import fold
from bot.records import Examined, Outcome, Verdict

MOST_OF_A_SUMMARY = 330_000  # characters; GitHub takes 1 MiB, and a character may be three bytes


def render(outcome: Outcome) -> str:
    """A heading with the conclusion, the report, each finding with its fix and test, the evidence."""
    shown = [one for one in outcome.examined if one.verdict is not Verdict.UNPROVEN]
    parts = [
        f"# {texts.title(outcome)}",
        report.summary(outcome),
        *(_finding(one, outcome.change.head_sha) for one in shown),
        report.evidence(outcome),
    ]
    return fold(parts, MOST_OF_A_SUMMARY) + "\n"


def _finding(one: Examined, head: str) -> str:
    finding = one.finding
    parts = [
        f"## {neutral.line(finding.title)}",
        f"{neutral.cell(f'{finding.path}:{finding.start_line}')} · {texts.headline(one)}",
        neutral.prose(finding.explanation),
        f"**Why it matters:** {neutral.prose(finding.impact)}" if finding.impact else "",
        proof_line(one, head),
        neutral.fenced(one.patch.diff, "diff") if one.patch else "",
        f"{neutral.code(one.test.path)}\n\n{neutral.fenced(one.test.content, 'python')}" if one.test else "",
    ]
    return "\n\n".join(part for part in parts if part)
