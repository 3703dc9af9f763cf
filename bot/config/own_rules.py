"""Rule files, key by key: weaknesses of the repository's own."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from bot.config.forms import Call, Cwe, Part, Some, form, need_one_of, says_one_of, text
from bot.records import Confidence, Severity


class Sink(Part):
    """A call that must not get untrusted input: in one argument, or, when none is named, in any."""

    call: Call
    argument: Annotated[int, Field(strict=True, ge=0, le=50, description="position, from 0")] | None = None
    keyword: Annotated[str, form("keyword", 60, "the argument's name, where it is given by name")] = ""


class ClaimText(Part):
    """What a run can confirm. `{function}` and `{input}` stand for those of the finding."""

    entry: Annotated[str, text(300, "what is called")] = "{function}"
    input: Annotated[str, text(300, "what is sent")]
    bad: Annotated[str, text(300, "what is seen today")]
    good: Annotated[str, text(300, "what is seen once it is fixed")]


class OwnRule(Part):
    """A weakness of the repository's own: input that reaches a sink, or a call that is dangerous as such."""

    model_config = says_one_of("sinks", "calls")

    id: Annotated[str, form("id", 60, "findings name it `repository/ID`")]
    cwe: Cwe
    severity: Severity
    confidence: Confidence = Confidence.MEDIUM
    title: Annotated[str, text(120, "what is wrong, in a few words")]
    explanation: Annotated[
        str, text(2_000, "what goes wrong; `{function}`, `{input}` and `{call}` as in the code")
    ]
    impact: Annotated[str, text(800, "why it matters")]
    claim: ClaimText
    sinks: Annotated[tuple[Sink, ...], Some] = ()
    calls: Annotated[tuple[Call, ...], Some, Field(description="dangerous whatever they get")] = ()
    sources: Annotated[tuple[Call, ...], Some, Field(description="calls that give untrusted input")] = ()
    passes: Annotated[tuple[Call, ...], Some, Field(description="calls that hand on what they get")] = ()
    cleaned_by: Annotated[tuple[Call, ...], Some, Field(description="calls that make input safe")] = ()

    @model_validator(mode="after")
    def _looks_at_something(self) -> Self:
        need_one_of(self, "sinks", "calls")
        return self

    def words(self, text: str, function: str, given: str, call: str = "") -> str:
        """A text of this rule with those of a finding in its marks, each taken once."""
        values = {"{function}": function, "{input}": given, "{call}": call}
        return re.sub(r"\{(?:function|input|call)\}", lambda mark: values[mark[0]], text)


class Cleaner(Part):
    """A function whose answer, or whose check, makes input safe for some weaknesses, the embedded too."""

    call: Call
    cwes: Annotated[tuple[Cwe, ...], Some]


class RuleFile(Part):
    """A rule file."""

    model_config = ConfigDict(title="a rule file of Suture")

    rules: Annotated[tuple[OwnRule, ...], Field(max_length=100)] = ()
    cleaners: Annotated[tuple[Cleaner, ...], Field(max_length=100)] = ()
