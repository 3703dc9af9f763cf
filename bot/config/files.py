"""The files of the three layers, key by key. Editors' JSON Schemas are made from this (`published.py`).

A new key is a field of `SutureFile`; `bot.config.layers` says which layer's word holds.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import ConfigDict, Field, model_validator

from bot.ceilings import Ceiling, read_ceiling
from bot.config.forms import (
    CeilingText,
    Cwe,
    Glob,
    Model,
    Package,
    Part,
    Some,
    Variable,
    form,
    need_one_of,
    says_one_of,
    text,
)
from bot.records import MOST_INLINE, FixDelivery, Severity
from bot.settings import STAGES

CONFIG_FILE = ".github/suture.yml"
RULE_FILES = ".github/suture/rules/*.yml"
Threshold = Literal["low", "medium", "high", "critical", "never"]
Key = Literal[
    "rules", "do_not_report", "ignore", "guidance", "comment_from", "fail_from", "inline_comments",
    "fix_delivery", "budget", "models", "tests", "review_drafts",
]  # fmt: skip
_DAY = 86_400
KEYS: tuple[str, ...] = get_args(Key)


class DoNotReport(Part):
    """Findings that are not to be reported: those that meet every condition given here."""

    model_config = says_one_of("cwe", "rule", "paths")

    cwe: Cwe = ""
    rule: Annotated[str, text(100, "a rule's whole name: `python/sql-injection`, `repository/raw-sql`")] = ""
    paths: Annotated[tuple[Glob, ...], Some] = ()
    reason: Annotated[str, text(300, "why; it is shown wherever something is left out for it")]

    @model_validator(mode="after")
    def _has_a_condition(self) -> Self:
        need_one_of(self, "cwe", "rule", "paths")
        return self


class BudgetPart(Part):
    """What models may cost at most; only lower than what farther layers and the operator allow."""

    pull_request: CeilingText = ""
    finding: CeilingText = ""

    @property
    def ceilings(self) -> dict[str, Ceiling]:
        """Those that are named."""
        named = {name: getattr(self, name) for name in ("pull_request", "finding")}
        return {name: read_ceiling(name, text, Ceiling()) for name, text in named.items() if text}


class ModelsPart(Part):
    """Who is asked in a stage, and how hard all think."""

    triage: Model = ""
    review: Model = ""
    judge: Model = ""
    test: Model = ""
    fix: Model = ""
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None

    @property
    def named(self) -> dict[str, str]:
        """Stage → model, of those that are named."""
        return {stage: name for stage in STAGES if (name := getattr(self, stage))}


class TestsPart(Part):
    """How tests run: in the sandbox, beside what the tree's own files ask for."""

    __test__ = False

    environment: dict[Variable, Annotated[str, Field(max_length=1_000)]] = Field(
        default_factory=dict, max_length=50, description="variables that tests get"
    )
    options: Annotated[
        tuple[Annotated[str, text(200, "a word of a command line")], ...],
        Field(max_length=50, description="options for pytest, after the project's own addopts"),
    ] = ()
    packages: Annotated[
        tuple[Package, ...],
        Field(max_length=50, description="more packages for an environment that is built"),
    ] = ()
    python: Annotated[str, form("minor", 5, "the Python to build an environment with, where it is there")] = (
        ""
    )
    timeout: Annotated[
        int, Field(strict=True, ge=1, le=_DAY, description="seconds for the project's own tests; only lower")
    ] = _DAY


class SutureFile(Part):
    """`.github/suture.yml` of a repository."""

    model_config = ConfigDict(title=CONFIG_FILE)

    rules: Annotated[tuple[Glob, ...], Field(max_length=20, description="files with rules of your own")] = (
        RULE_FILES,
    )
    do_not_report: Annotated[
        tuple[DoNotReport, ...], Field(max_length=200, description="findings to leave out")
    ] = ()
    ignore: Annotated[tuple[Glob, ...], Field(max_length=200, description="files that nobody reviews")] = ()
    guidance: Annotated[str, text(4_000, "what a model should know of this repository")] = ""
    comment_from: Annotated[
        Severity, Field(description="findings below it are listed in the check run only")
    ] = Severity.LOW
    fail_from: Annotated[
        Threshold, Field(description="from this severity on a confirmed finding makes the check run fail")
    ] = "never"
    inline_comments: Annotated[
        int,
        Field(strict=True, ge=0, le=MOST_INLINE, description="the most comments of one review on the diff"),
    ] = MOST_INLINE
    fix_delivery: Annotated[
        FixDelivery, Field(description="how a proven fix is handed over, beside the comment")
    ] = FixDelivery.BRANCHES
    budget: BudgetPart = BudgetPart()
    models: ModelsPart = ModelsPart()
    tests: TestsPart = TestsPart()
    review_drafts: Annotated[
        bool, Field(strict=True, description="whether drafts are reviewed before they are ready for review")
    ] = False


class SharedFile(SutureFile):
    """The file of an organisation, or the operator's: it holds for many repositories."""

    model_config = ConfigDict(title="suture.yml of an organisation or an operator")

    locked: Annotated[
        tuple[Key, ...], Field(max_length=50, description="keys that a file nearer to the code cannot set")
    ] = ()
