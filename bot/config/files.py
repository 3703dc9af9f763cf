"""The two kinds of files, key by key. Their JSON Schemas for editors are made from this (`published.py`)."""

from __future__ import annotations

import keyword
import re
from typing import Annotated, Any, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bot.config.globs import why_not
from bot.records import Confidence, Severity

CONFIG_FILE = ".github/suture.yml"
RULE_FILES = ".github/suture/rules/*.yml"
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_FORMS = {
    "cwe": (r"^CWE-[1-9][0-9]{0,4}$", "written like `CWE-89`"),
    "id": (r"^[a-z0-9]+(-[a-z0-9]+)*$", "small letters, digits and single hyphens, like `raw-sql`"),
    "call": (rf"^(\*\.)?{_NAME}(\.{_NAME})*$", "a dotted name like `acme.db.run_raw`, or `*.run_raw`"),
    "keyword": (rf"^{_NAME}$", "the name of a parameter"),
}


def words_of(pattern: str) -> str:
    """What a form's pattern asks for, for people."""
    return next((words for form, words in _FORMS.values() if form == pattern), pattern)


def _form(name: str, longest: int, about: str) -> Any:
    return Field(min_length=1, max_length=longest, pattern=_FORMS[name][0], description=about)


def _text(longest: int, about: str) -> Any:
    return Field(min_length=1, max_length=longest, description=about)


def _callable(name: str) -> str:
    if any(keyword.iskeyword(part) for part in name.split(".")):
        raise ValueError("is a word of the language, which nothing can be called by")
    return name


def _usable(pattern: str) -> str:
    if reason := why_not(pattern):
        raise ValueError(reason)
    return pattern


Cwe: TypeAlias = Annotated[str, _form("cwe", 9, "number of the weakness, as in `CWE-89`")]
Call: TypeAlias = Annotated[
    str,
    _form("call", 200, "dotted name of what is called, as it is imported; `*.name` for a method of anything"),
    AfterValidator(_callable),
]
Glob: TypeAlias = Annotated[
    str,
    Field(max_length=200, description="path from the repository's root with `*` and `**`"),
    AfterValidator(_usable),
]
Some = Field(min_length=1, max_length=100)


class Part(BaseModel):
    """A mapping of a file: known keys only, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _one_of(part: Part, *names: str) -> None:
    if not any(getattr(part, name) for name in names):
        raise ValueError(f"needs at least one of {', '.join(f'`{name}`' for name in names)}")


def _says_one_of(*names: str) -> ConfigDict:
    return ConfigDict(json_schema_extra={"anyOf": [{"required": [name]} for name in names]})


class DoNotReport(Part):
    """Findings that are not to be reported: those that meet every condition given here."""

    model_config = _says_one_of("cwe", "rule", "paths")

    cwe: Cwe = ""
    rule: Annotated[str, _text(100, "a rule's whole name: `python/sql-injection`, `repository/raw-sql`")] = ""
    paths: Annotated[tuple[Glob, ...], Some] = ()
    reason: Annotated[str, _text(300, "why; it is shown wherever something is left out for it")]

    @model_validator(mode="after")
    def _has_a_condition(self) -> Self:
        _one_of(self, "cwe", "rule", "paths")
        return self


class SutureFile(Part):
    """`.github/suture.yml`."""

    model_config = ConfigDict(title=CONFIG_FILE)

    rules: Annotated[tuple[Glob, ...], Field(max_length=20)] = (RULE_FILES,)
    do_not_report: Annotated[tuple[DoNotReport, ...], Field(max_length=200)] = ()
    guidance: Annotated[str, _text(4_000, "what a model should know of this repository")] = ""


class Sink(Part):
    """A call that must not get untrusted input: in one argument, or, when none is named, in any."""

    call: Call
    argument: Annotated[int, Field(strict=True, ge=0, le=50, description="position, from 0")] | None = None
    keyword: Annotated[str, _form("keyword", 60, "the argument's name, where it is given by name")] = ""


class ClaimText(Part):
    """What a run can confirm. `{function}` and `{input}` stand for those of the finding."""

    entry: Annotated[str, _text(300, "what is called")] = "{function}"
    input: Annotated[str, _text(300, "what is sent")]
    bad: Annotated[str, _text(300, "what is seen today")]
    good: Annotated[str, _text(300, "what is seen once it is fixed")]


class OwnRule(Part):
    """A weakness of the repository's own: input that reaches a sink, or a call that is dangerous as such."""

    model_config = _says_one_of("sinks", "calls")

    id: Annotated[str, _form("id", 60, "findings name it `repository/ID`")]
    cwe: Cwe
    severity: Severity
    confidence: Confidence = Confidence.MEDIUM
    title: Annotated[str, _text(120, "what is wrong, in a few words")]
    explanation: Annotated[
        str, _text(2_000, "what goes wrong; `{function}`, `{input}` and `{call}` as in the code")
    ]
    impact: Annotated[str, _text(800, "why it matters")]
    claim: ClaimText
    sinks: Annotated[tuple[Sink, ...], Some] = ()
    calls: Annotated[tuple[Call, ...], Some, Field(description="dangerous whatever they get")] = ()
    sources: Annotated[tuple[Call, ...], Some, Field(description="calls that give untrusted input")] = ()
    passes: Annotated[tuple[Call, ...], Some, Field(description="calls that hand on what they get")] = ()
    cleaned_by: Annotated[tuple[Call, ...], Some, Field(description="calls that make input safe")] = ()

    @model_validator(mode="after")
    def _looks_at_something(self) -> Self:
        _one_of(self, "sinks", "calls")
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
