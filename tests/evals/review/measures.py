"""The numbers, from the rows. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.evals.review.rows import Row, Told
from tests.evals.review.share import Share, share

TOKENS = ("model_calls", "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "usd")


@dataclass(frozen=True, slots=True)
class Measure:
    """A share that can be asked of each form, and what it means."""

    name: str
    meaning: str
    of: Callable[[Sequence[Row]], Share]


def recall(rows: Sequence[Row]) -> Share:
    return share(row.is_found for row in rows if row.has_defect)


def said(rows: Sequence[Row]) -> Share:
    return share(row.is_said for row in rows if row.has_defect)


def silent(rows: Sequence[Row]) -> Share:
    return share(row.is_silent for row in rows if not row.has_defect)


def precision(rows: Sequence[Row]) -> Share:
    return share(one.is_right for row in rows for one in row.posted)


def anchored(rows: Sequence[Row]) -> Share:
    return share(one.is_anchored for row in rows for one in row.told)


def near(rows: Sequence[Row]) -> Share:
    return share(one.is_near for row in rows if row.has_defect for one in _right(row))


def fix_verified(rows: Sequence[Row]) -> Share:
    return share(row.fix_verified for row in rows)


def red_green(rows: Sequence[Row]) -> Share:
    return share(row.red_green for row in rows)


def pairwise(rows: Sequence[Row]) -> Share:
    """Found on A and silent on the C of the same case; both have to be there."""
    clean = {row.case: row for row in rows if row.form == "C"}
    return share(
        row.is_found and clean[row.case].is_silent for row in rows if row.form == "A" and row.case in clean
    )


def _right(row: Row) -> list[Told]:
    return [one for one in row.told if one.is_right]


MEASURES = (
    Measure("recall", "pull requests with a defect of which the defect was posted", recall),
    Measure("said at all", "the same, counting what no run confirmed", said),
    Measure("silent", "pull requests without a defect of which nothing was posted", silent),
    Measure("pairwise", "cases found on A and silent on C", pairwise),
    Measure("precision", "posted findings that are the defect", precision),
    Measure("anchored", "what was said that has one certain place in the diff", anchored),
    Measure("near the fix", "right findings within 3 rows of upstream's fix", near),
    Measure("fix verified", "defects posted with a patch whose patch passes the hidden test", fix_verified),
    Measure("red-green", "defects posted with a test red on the head, green on upstream's fix", red_green),
)  # fmt: skip


def counted(rows: Sequence[Row]) -> list[Row]:
    """Those that are measured: a review that failed counts (it found nothing), one not recorded does not."""
    return [row for row in rows if row.status != "not evaluated"]


def spent(rows: Sequence[Row], name: str) -> float | None:
    """The mean of a pull request, None when it is not known."""
    known = [row.usage[name] for row in rows if row.usage is not None]
    if not known or any(one is None for one in known):
        return None
    return float(sum(known)) / len(known)
