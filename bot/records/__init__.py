"""The records that travel between the steps: frozen, typed, and free of behaviour that needs the outside.

Every record can be written to JSON and read back unchanged (`bot.jobs.blobs` does so between steps).
Paths are always relative to the repository's root, with forward slashes; line numbers start at 1.
"""

from __future__ import annotations

from bot.records.change import (
    Change,
    ChangedFile,
    ClosedPull,
    Hunk,
    Job,
    Line,
    NotReviewed,
    Remark,
)
from bot.records.commands import Command, Dismissal
from bot.records.findings import (
    Claim,
    Confidence,
    Declined,
    Dropped,
    Finding,
    FlowStep,
    Review,
    Severity,
    Usage,
)
from bot.records.outcome import (
    Answer,
    Conclusion,
    Examined,
    FixAttempt,
    Judgement,
    KeptTest,
    Outcome,
    Rechecked,
    Reproduction,
)
from bot.records.runs import (
    Declaration,
    Edit,
    Fix,
    Frame,
    Gate,
    Patch,
    Phase,
    Proof,
    Reason,
    RegressionTest,
    Run,
    RunStatus,
    TestOutcome,
    TestStatus,
    Verdict,
)

__all__ = [
    "Answer",
    "Change",
    "ChangedFile",
    "Claim",
    "ClosedPull",
    "Command",
    "Conclusion",
    "Confidence",
    "Declaration",
    "Declined",
    "Dismissal",
    "Dropped",
    "Edit",
    "Examined",
    "Finding",
    "Fix",
    "FixAttempt",
    "FlowStep",
    "Frame",
    "Gate",
    "Hunk",
    "Job",
    "Judgement",
    "KeptTest",
    "Line",
    "NotReviewed",
    "Outcome",
    "Patch",
    "Phase",
    "Proof",
    "Reason",
    "Rechecked",
    "RegressionTest",
    "Remark",
    "Reproduction",
    "Review",
    "Run",
    "RunStatus",
    "Severity",
    "TestOutcome",
    "TestStatus",
    "Usage",
    "Verdict",
]
