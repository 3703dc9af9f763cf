"""What the model may reply. One schema serves all stages, each of which fills its own part.

A change of `output_config.format` between two requests makes the prompt cache miss: with three schemas the
test and fix stages would pay again for the change that the review stage has just read.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar, get_args

import anthropic
import pydantic
from pydantic import BaseModel, ConfigDict, Field

from bot.records import Confidence, Severity

MAX_FINDINGS = 10

Label = Annotated[str, Field(pattern=r"^H[0-9]{1,4}\.[0-9]{1,5}$")]


class MalformedReply(Exception):
    """The model's text is not what was asked for; the message is written for the model."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SaidClaim(_Part):
    """A claim that a run can confirm or refute."""

    entry: str = Field(
        min_length=1, max_length=400, description="The function or method to call, fully named."
    )
    input: str = Field(
        min_length=1, max_length=800, description="A harmless marker input that shows the defect."
    )
    bad: str = Field(min_length=1, max_length=600, description="What can be observed today.")
    good: str = Field(min_length=1, max_length=600, description="What has to be observed once it is fixed.")


class SaidFinding(_Part):
    """A security defect, with the place it stands at."""

    label: Label = Field(description="Label of the first quoted line, for example H2.14.")
    quote: str = Field(
        min_length=1, max_length=2000, description="The line or lines, verbatim, without labels."
    )
    cwe: str = Field(pattern=r"^CWE-[1-9][0-9]{0,4}$")
    severity: Severity
    confidence: Confidence
    title: str = Field(min_length=1, max_length=120)
    explanation: str = Field(
        min_length=1, max_length=1800, description="What goes wrong, and how input gets there."
    )
    impact: str = Field(min_length=1, max_length=900, description="Why the fix matters.")
    claim: SaidClaim


class SaidNotExamined(_Part):
    """A hunk that could not be judged."""

    hunk: str = Field(pattern=r"^H[0-9]{1,4}$")
    reason: str = Field(min_length=1, max_length=300)


class SaidRegion(_Part):
    """A hunk that bears on security, and the weaknesses to look for in it."""

    hunk: str = Field(pattern=r"^H[0-9]{1,4}$")
    cwes: tuple[Annotated[str, Field(pattern=r"^CWE-[1-9][0-9]{0,4}$")], ...] = Field(max_length=4)


class TriageReply(_Part):
    """The triage stage's part."""

    regions: tuple[SaidRegion, ...] = Field(max_length=500)


class CardReply(_Part):
    """The card stage's part: what a reviewer of this repository has to know."""

    what: str = Field(min_length=1, max_length=500, description="What the code is and who uses it.")
    entry_points: tuple[Annotated[str, Field(max_length=200)], ...] = Field(max_length=8)
    trust_boundaries: tuple[Annotated[str, Field(max_length=300)], ...] = Field(max_length=8)
    guards: tuple[Annotated[str, Field(max_length=200)], ...] = Field(max_length=10)
    tests: str = Field(max_length=500, description="How the project tests: framework, places, fixtures.")


class ReviewReply(_Part):
    """The review stage's part."""

    findings: tuple[SaidFinding, ...] = Field(max_length=MAX_FINDINGS)
    not_examined: tuple[SaidNotExamined, ...] = Field(max_length=500)


class SaidGuard(_Part):
    """Code that makes a finding harmless."""

    path: str = Field(min_length=1, max_length=500)
    quote: str = Field(
        min_length=1, max_length=1000, description="The guarding line or lines, verbatim, without labels."
    )
    why: str = Field(min_length=1, max_length=600)


class SaidRefutation(_Part):
    """A finding that does not hold, because of a guard."""

    finding: str = Field(pattern=r"^F[0-9]{1,3}$")
    guard: SaidGuard


class RefuteReply(_Part):
    """The refute stage's part."""

    refutations: tuple[SaidRefutation, ...] = Field(max_length=MAX_FINDINGS * 5)


class SaidVeto(_Part):
    """Why something that runs have confirmed should not be called proven all the same."""

    kind: Literal["no-defect", "other-guarantee", "cause-remains", "breaks-use"]
    reason: str = Field(min_length=1, max_length=600)


class JudgeReply(_Part):
    """The judge stage's part."""

    veto: SaidVeto | None


class TestReply(_Part):
    """The test stage's part."""

    __test__ = False

    content: str = Field(min_length=1, max_length=16_000, description="The whole new test file.")
    declared: str = Field(
        pattern=r"^(none|exception:[A-Za-z_][A-Za-z0-9_.]{0,100}|timeout:[0-9]{1,2}(\.[0-9]{1,2})?)$",
        description="none, exception:NAME or timeout:SECONDS.",
    )


class SaidEdit(_Part):
    """A replacement of text."""

    path: str = Field(min_length=1, max_length=500)
    old: str = Field(
        min_length=1, max_length=12_000, description="Verbatim; stands exactly once in the file."
    )
    new: str = Field(max_length=12_000)


class FixReply(_Part):
    """The fix stage's part."""

    strategy: str = Field(min_length=1, max_length=500, description="One sentence: what the fix does.")
    edits: tuple[SaidEdit, ...] = Field(min_length=1, max_length=8)


class SaidHardening(_Part):
    """An edit that keeps a guarantee which the code does not keep yet."""

    edit: SaidEdit
    cwe: str = Field(pattern=r"^CWE-[1-9][0-9]{0,4}$")
    severity: Severity
    title: str = Field(min_length=1, max_length=120)
    explanation: str = Field(min_length=1, max_length=1800, description="What the edit prevents, and how.")
    impact: str = Field(min_length=1, max_length=900, description="Why it matters.")
    claim: SaidClaim


class HardenReply(_Part):
    """The harden stage's part."""

    hardenings: tuple[SaidHardening, ...] = Field(max_length=MAX_FINDINGS)
    not_examined: tuple[SaidNotExamined, ...] = Field(max_length=500)


class Reply(_Part):
    """Only the part that the stage asks for is filled, the others are null."""

    triage: TriageReply | None
    card: CardReply | None
    review: ReviewReply | None
    refute: RefuteReply | None
    test: TestReply | None
    fix: FixReply | None
    harden: HardenReply | None
    judge: JudgeReply | None


StageName = Literal["triage", "card", "review", "refute", "test", "fix", "harden", "judge"]
PARTS: tuple[StageName, ...] = get_args(StageName)
_Stage = TypeVar("_Stage", bound=_Part)


def reply_schema() -> dict[str, Any]:
    """The JSON schema as the API takes it. It does not enforce lengths and patterns, so `read_reply` must."""
    return anthropic.transform_schema(Reply)


def read_reply(text: str, part: type[_Stage]) -> _Stage:
    """The part of a reply that the stage asked for. Raises MalformedReply; nothing is repaired."""
    try:
        reply = Reply.model_validate_json(text, strict=True)
    except pydantic.ValidationError as exc:
        raise MalformedReply(_describe(exc)) from exc
    filled = [one for name in PARTS if (one := getattr(reply, name)) is not None]
    if len(filled) != 1 or not isinstance(filled[0], part):
        raise MalformedReply("exactly the part this stage asks for has to be filled, all others null")
    return filled[0]


def _describe(exc: pydantic.ValidationError) -> str:
    errors = exc.errors(include_url=False, include_input=False, include_context=False)
    lines = [f"{'.'.join(str(part) for part in one['loc']) or 'reply'}: {one['msg']}" for one in errors[:10]]
    return "; ".join(lines)[:2000]
