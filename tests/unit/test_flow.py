"""The picture of a way: whatever the code holds, nothing but our own nodes and arrows."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.publish.flow import MOST_STEPS, flowchart
from bot.records import FlowStep
from tests.fakes.hostile_labels import BITS

NODE = re.compile(r'  n\d(\(\["|\[\["|\[")((?:[A-Za-z0-9 (),=./_<-]|#\d+;|br>)*)("\]\)|"\]\]|"\])')
EDGE = re.compile(r"  n\d (-->|-\. \d+ more steps? \.->) n\d")
texts = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(BITS), max_size=8).map("".join))
ways = st.lists(st.builds(FlowStep, texts, st.integers(1, 99_999), texts), min_size=2, max_size=8).map(tuple)


def step(line: int, code: str = "x", path: str = "a.py") -> FlowStep:
    return FlowStep(path, line, code)


@given(ways)
def test_no_code_reaches_out_of_its_label(way: tuple[FlowStep, ...]) -> None:
    """Every line is a node or an arrow of ours; in a label stand plain signs, numbers and one break."""
    first, kind, *middle, last = flowchart(way, "a.py").split("\n")

    assert (first, last) == ("```mermaid", "```")
    assert kind in {"flowchart LR", "flowchart TD"}
    nodes = [match for one in middle if (match := NODE.fullmatch(one))]
    edges = [one for one in middle if EDGE.fullmatch(one)]
    assert len(nodes) + len(edges) == len(middle)
    assert len(edges) == len(nodes) - 1
    assert len(nodes) <= MOST_STEPS
    for node in nodes:
        assert node[2].count("<") == node[2].count("<br>") == 1
        assert not re.search(r"(?i)#36;#36;|fa#58;fa", node[2])
        assert "www." not in node[2].lower()
        assert not re.search(r"(^|>)[0-9]+[.)]|(^|>)[-+]", node[2])


def test_the_way_from_source_to_sink() -> None:
    """The place by its line in the finding's own file; round where it begins, doubled where it ends."""
    way = (step(3, 'city = args["city"]', "web/a.py"), step(18), step(21, "run(sql)"))

    assert flowchart(way, "a.py").split("\n")[1:-1] == [
        "flowchart LR",
        '  n0(["web/a.py#58;3<br>city = args#91;#34;city#34;#93;"])',
        '  n1["line 18<br>x"]',
        '  n2[["line 21<br>run(sql)"]]',
        "  n0 --> n1",
        "  n1 --> n2",
    ]


def test_a_long_way_is_short() -> None:
    """Its two ends, and how many steps are between."""
    picture = flowchart(tuple(step(number) for number in range(1, 10)), "a.py")

    assert re.findall(r"line \d", picture) == ["line 1", "line 2", "line 8", "line 9"]
    assert "n1 -. 5 more steps .-> n2" in picture


def test_no_way_no_picture() -> None:
    """One place alone is none."""
    assert flowchart((), "a.py") == flowchart((step(1),), "a.py") == ""
