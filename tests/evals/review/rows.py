"""One line of the measurement: a report held against what is known of its case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.evals.review.truth import Truth

POSTED = ("proven", "reproduced")
AGAIN = "the same "  # how the reason begins for a second report of a line that was left out


@dataclass(frozen=True, slots=True)
class Told:
    """Something that was said of the change. `fate` is its verdict, or the stage that dropped it."""

    path: str
    start: int
    end: int
    cwe: str
    title: str
    fate: str
    is_anchored: bool
    is_right: bool  # the defect of the case: its family, and its place
    is_near: bool
    why: str = ""  # it was dropped, or is unproven
    patch: str | None = None
    test: tuple[str, str] | None = None  # path and content

    @property
    def is_posted(self) -> bool:
        return self.fate in POSTED


@dataclass(frozen=True, slots=True)
class Row:
    """One form of one case. None stands for what was not asked about, as there was nothing to ask."""

    case: str
    form: str
    status: str  # "evaluated", "failed", or "not evaluated": requests were not recorded
    note: str = ""
    conclusion: str = ""
    told: tuple[Told, ...] = ()
    fix_verified: bool | None = None
    red_green: bool | None = None
    requests: int = 0
    missed: int = 0
    usage: Mapping[str, Any] | None = None
    is_estimated: bool = False  # the tokens: no service has counted them
    seconds: float = 0.0

    @property
    def has_defect(self) -> bool:
        return self.form in {"A", "R"}

    @property
    def posted(self) -> tuple[Told, ...]:
        return tuple(one for one in self.told if one.is_posted)

    @property
    def is_found(self) -> bool:
        """The defect was posted."""
        return any(one.is_right for one in self.posted)

    @property
    def is_said(self) -> bool:
        """The defect was named, whether or not a run confirmed it."""
        return any(one.is_right for one in self.told)

    @property
    def is_silent(self) -> bool:
        """The review came to its end and nothing was posted."""
        return self.status == "evaluated" and not self.posted


def told_of(report: Mapping[str, Any], truth: Truth) -> tuple[Told, ...]:
    """All that was said, posted or not; what several looks at the change said, as often as they did."""
    told = []
    for one in report["findings"]:
        place = (one["path"], one["start_line"], one["end_line"])
        test = one["test"] and (one["test"]["path"], one["test"]["content"])
        right, near = truth.is_right(*place, one["cwe"]), truth.is_near(*place)
        about = (one["cwe"], one["title"], one["verdict"])
        told.append(Told(*place, *about, True, right, near, _why(one), one["patch"], test))
    for one in report["dropped"]:
        line = one["line"]
        anchored = line > 0 or one["reason"].startswith(AGAIN)
        place = (one["path"], line, line)
        right = anchored and truth.is_right(*place, one["cwe"])
        near = anchored and truth.is_near(*place)
        told.append(
            Told(*place, one["cwe"], one["title"], one["stage"], anchored, right, near, one["reason"])
        )
    return tuple(told)


def _why(finding: Mapping[str, Any]) -> str:
    gates = [one for one in finding["proof"]["gates"] if not one["passed"] and one["reason"] != "not-run"]
    return "; ".join(f"{one['gate']}: {one['detail']}" for one in gates)


def with_trials(
    row: Row, verifies: Callable[[list[str]], bool], is_red_green: Callable[[str, str], bool]
) -> tuple[bool | None, bool | None]:
    """Fix verified, and red-green, of what was posted of the defect; None where nothing was offered."""
    found = [one for one in row.posted if one.is_right]
    patches = [one.patch for one in found if one.patch]
    tests = [one.test for one in found if one.test]
    return (
        verifies(patches) if patches else None,
        any(is_red_green(*one) for one in tests) if tests else None,
    )
