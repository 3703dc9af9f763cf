"""The measurement as Markdown, on a terminal, and as `suture.eval/v1` JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.evals.review.measures import MEASURES, TOKENS, counted, spent
from tests.evals.review.rows import Row

SCHEMA = "suture.eval/v1"
ALL = "all"


@dataclass(frozen=True, slots=True)
class Setting:
    """How it was measured."""

    reviewer: str
    version: str
    prompts: Mapping[str, int]
    day: str


def by_form(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each form that was asked for, and of all."""
    forms = {form: [row for row in rows if row.form == form] for form in "ARCK"}
    return {**{form: found for form, found in forms.items() if found}, ALL: list(rows)}


def grid(rows: Sequence[Row]) -> list[list[str]]:
    """The table of shares: a head, then a line a measure, then costs."""
    forms = by_form(rows)
    lines = [["", *forms]]
    lines.append(["reviews", *(_reviews(found) for found in forms.values())])
    lines += [[one.name, *(str(one.of(counted(found))) for found in forms.values())] for one in MEASURES]
    for name in TOKENS if spent(counted(rows), "model_calls") else ():
        values = [spent(counted(found), name) for found in forms.values()]
        digits = 4 if name == "usd" else 1 if name == "model_calls" else 0
        shown = ["–" if value is None else f"{value:,.{digits}f}" for value in values]
        lines.append([f"{name.replace('_', ' ')}, mean", *shown])
    return lines


def _reviews(rows: Sequence[Row]) -> str:
    failed = sum(row.status == "failed" for row in rows)
    return f"{len(counted(rows))} of {len(rows)}" + (f", {failed} failed" if failed else "")


def gaps(rows: Sequence[Row]) -> list[str]:
    """What keeps the numbers from being whole, as sentences."""
    missed, asked = sum(row.missed for row in rows), sum(row.requests for row in rows)
    said = []
    if missed:
        said.append(
            f"{missed} of {asked} requests were not recorded: the prompt or the case has changed. "
            f"{sum(row.status == 'not evaluated' for row in rows)} reviews are therefore not evaluated, "
            "neither as found nor as clean."
        )
    if any(row.is_estimated for row in rows):
        said.append("Tokens and costs are estimates: replies by hand, four characters taken for a token.")
    said += [f"{row.case}, {row.form} failed: {row.note}" for row in rows if row.status == "failed"]
    return said


def per_case(rows: Sequence[Row]) -> list[list[str]]:
    """A line a case: how it ended in each form."""
    forms = [form for form in by_form(rows) if form != ALL]
    cells = {(row.case, row.form): _ending(row) for row in rows}
    cases = sorted({row.case for row in rows})
    return [["case", *forms], *([case, *(cells.get((case, form), "") for form in forms)] for case in cases)]


def _ending(row: Row) -> str:
    if row.status != "evaluated":
        return row.status
    right = sorted({one.fate for one in row.posted if one.is_right}, reverse=True)
    false = sum(not one.is_right for one in row.posted)
    words = [f"found, {right[0]}" if right[0] == "reproduced" else "found, proven"] if right else []
    if row.has_defect and not right:
        words.append("said only" if row.is_said else "missed")
    words += ["fix fails the hidden test"] if row.fix_verified is False else []
    words += ["test is not red-green"] if row.red_green is False else []
    words += [f"{false} false"] if false else []
    words += ["not whole"] if row.conclusion == "incomplete" else []
    return ", ".join(words) or "silent"


def markdown(rows: Sequence[Row], setting: Setting, *, has_legend: bool = True) -> str:
    """The tables, what keeps them from being whole, and, unless it is told elsewhere, what they mean."""
    prompts = ", ".join(f"{name} {version}" for name, version in setting.prompts.items())
    said = f"Reviewer {setting.reviewer}, Suture {setting.version}, {setting.day}."
    said += f" Prompts: {prompts}." if setting.reviewer != "rules" else ""
    meanings = [f"- {one.name}: {one.meaning}." for one in MEASURES]
    legend = "Shares with their Wilson 95% interval.\n\n" + "\n".join(meanings)
    parts = [
        said,
        *gaps(rows),
        _rows_of(grid(rows)),
        *([legend] if has_legend else []),
        _rows_of(per_case(rows)),
    ]
    return "\n\n".join(parts) + "\n"


def _rows_of(lines: list[list[str]]) -> str:
    head, *rest = lines
    return "\n".join(f"| {' | '.join(one)} |" for one in (head, ["---"] * len(head), *rest))


def show(rows: Sequence[Row], console: Console) -> None:
    """The same on a terminal."""
    for lines in (grid(rows), per_case(rows)):
        table = Table(*lines[0])
        for one in lines[1:]:
            table.add_row(*one)
        console.print(table)
    for gap in gaps(rows):
        console.print(gap, style="yellow", markup=False)


def document(rows: Sequence[Row], setting: Setting) -> dict[str, Any]:
    """All rows and all shares as plain data."""
    shares = {
        one.name: {form: _share(one.of(counted(found))) for form, found in by_form(rows).items()}
        for one in MEASURES
    }
    return {
        "schema": SCHEMA,
        **asdict(setting),
        "requests": sum(row.requests for row in rows),
        "not_recorded": sum(row.missed for row in rows),
        "measures": shares,
        "rows": [asdict(row) for row in rows],
    }


def _share(one: Any) -> dict[str, Any]:
    return {"part": one.part, "whole": one.whole, "value": one.value, "interval": one.interval}


def render(rows: Sequence[Row], setting: Setting) -> str:
    """The document as text."""
    return json.dumps(document(rows, setting), indent=1, ensure_ascii=False) + "\n"
