"""The shares as a picture: a dot for each, on a line for its interval; readable on light and dark pages."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from tests.evals.review.measures import MEASURES, counted
from tests.evals.review.rows import Row
from tests.evals.review.share import Share
from tests.evals.review.tables import ALL, Setting, by_form

LEFT, WIDTH, RIGHT, LINE, TOP = 190, 380, 150, 22, 56
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.small { font-size: 11px; fill: #59636e; }
.grid { stroke: #d1d9e0; }
.span { stroke: #0969da; stroke-width: 3; stroke-opacity: .4; }
.dot { fill: #0969da; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; }
  .small { fill: #9198a1; }
  .grid { stroke: #3d444d; }
  .span { stroke: #4493f8; }
  .dot { fill: #4493f8; }
}
"""


def picture(rows: Sequence[Row], setting: Setting) -> str:
    """An SVG without a background of its own; a share of nothing is left out."""
    lines = _lines(rows)
    height = TOP + LINE * len(lines) + 24
    width = LEFT + WIDTH + RIGHT
    title = f"Suture {setting.version}, reviewer {setting.reviewer}: shares with their 95% intervals"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img"><title>{escape(title)}</title><style>{STYLE}</style>',
        f'<text x="0" y="16">{escape(title)}</text>',
    ]
    for percent in (0, 25, 50, 75, 100):
        x = _x(percent / 100)
        parts.append(f'<line class="grid" x1="{x}" y1="{TOP - 14}" x2="{x}" y2="{height - 22}"/>')
        parts.append(f'<text class="small" x="{x}" y="{height - 6}" text-anchor="middle">{percent}%</text>')
    for number, (name, one) in enumerate(lines):
        parts.append(_line(name, one, TOP + number * LINE))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _lines(rows: Sequence[Row]) -> list[tuple[str, Share]]:
    """Form by form where a measure says something of several, else of all."""
    lines: list[tuple[str, Share]] = []
    for one in MEASURES:
        shares = {form: one.of(found) for form, found in by_form(counted(rows)).items()}
        whole = shares.pop(ALL)
        apart = [(f"{one.name}, {form}", part) for form, part in shares.items() if part.whole]
        lines += apart if len(apart) > 1 else [(one.name, whole)] if whole.whole else []
    return lines


def _line(name: str, one: Share, y: int) -> str:
    low, high = one.interval or (0.0, 0.0)
    return (
        f'<text x="{LEFT - 12}" y="{y + 4}" text-anchor="end">{escape(name)}</text>'
        f'<line class="span" x1="{_x(low)}" y1="{y}" x2="{_x(high)}" y2="{y}"/>'
        f'<circle class="dot" cx="{_x(one.value or 0.0)}" cy="{y}" r="4"/>'
        f'<text class="small" x="{LEFT + WIDTH + 14}" y="{y + 4}">{escape(str(one))}</text>'
    )


def _x(value: float) -> float:
    return round(LEFT + WIDTH * value, 1)
