"""The way of the input, from where it gets in to where it does harm, as a picture that GitHub draws."""

from __future__ import annotations

import re

from bot.publish import texts
from bot.publish.neutral import cut, visible
from bot.records import FlowStep

MOST_STEPS = 4
MOST_BESIDE = 3  # nodes that a comment is wide enough for; more stand below one another
MOST_CODE = 60  # characters of one label
MOST_PLACE = 40

# Everything else is written as a number: no quote, bracket, tick, tag, keyword's sign or Markdown is left
# that Mermaid, or what draws its labels, would take for its own. A dot or bar is plain between two letters.
_RISKY = re.compile(r"(?i)[^a-z0-9 (),=./_-]|(?<![a-z])[./_-]|[./_-](?![a-z0-9])|(?<=www)\.|^[0-9]+(?=[.)])")
# Two dollars are a formula and `fa:fa-bug` is an icon even when they come as numbers; a gap keeps them apart.
_PAIRED = re.compile(r"(?i)(#36;|#58;(?=[a-z]))")


def flowchart(steps: tuple[FlowStep, ...], path: str) -> str:
    """A Mermaid block; empty where there are not two places. Those in the file `path` show their line only.

    Whatever the code and the paths hold, it is one node with two lines of plain words for each place.
    """
    if len(steps) < 2:
        return ""
    shown, missing = steps, 0
    if len(steps) > MOST_STEPS:
        shown, missing = (*steps[:2], *steps[-2:]), len(steps) - 4
    last = len(shown) - 1
    nodes = [f"  {_id(at)}{_shape(at, last, _label(one, path))}" for at, one in enumerate(shown)]
    edges = [f"  {_id(at)} {_arrow(missing if at == 1 else 0)} {_id(at + 1)}" for at in range(last)]
    way = "LR" if len(shown) <= MOST_BESIDE else "TD"
    return "\n".join(["```mermaid", f"flowchart {way}", *nodes, *edges, "```"])


def _id(at: int) -> str:
    return f"n{at}"


def _shape(at: int, last: int, label: str) -> str:
    """Round where the input gets in, with doubled sides where it does harm."""
    left, right = ("([", "])") if at == 0 else ("[[", "]]") if at == last else ("[", "]")
    return f'{left}"{label}"{right}'


def _arrow(missing: int) -> str:
    return f"-. {texts.more_steps(missing)} .->" if missing else "-->"


def _label(step: FlowStep, path: str) -> str:
    place = texts.line_number(step.line)
    if step.path != path:
        name = step.path if len(step.path) <= MOST_PLACE else f"…{step.path[1 - MOST_PLACE :]}"
        place = f"{name}:{step.line}"
    return f"{_plain(place, len(place))}<br>{_plain(step.code, MOST_CODE)}"


def _plain(text: str, most: int) -> str:
    shown = cut(" ".join(visible(text).split()), most)
    numbered = _RISKY.sub(lambda risky: "".join(f"#{ord(sign)};" for sign in risky[0]), shown)
    return _PAIRED.sub(r"\1#8203;", numbered)
