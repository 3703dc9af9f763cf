"""The way that a finding's input takes: from where it gets in to where it does harm, as a program saw it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.records import Change, Finding, Review
from bot.review.panel import Panel
from bot.review.reviewers import Material
from bot.review.reviewers.rules import Rules
from tests.fakes.records import a_finding
from tests.unit.rule_cases import material

SHOP = """\
import subprocess
from flask import request


def search(conn, name, kind="all"):
    name = name.strip()
    print(kind)
    other = len(name)
    query = (
        "SELECT id FROM users "
        f"WHERE name = '{name}'"
    )
    return conn.execute(query)


def export():
    folder = request.args["folder"]
    subprocess.run(f"tar cf out.tar {folder}", shell=True)


def _run(command):
    return subprocess.run(command, shell=True)


def long_way(a):
    b = a + "1"
    c = b + "2"
    d = c + "3"
    e = d + "4"
    f = e + "5"
    return subprocess.run(f, shell=True)


def constant():
    return subprocess.run("ls", shell=True)


def at_once():
    return subprocess.run(request.args["c"], shell=True)
"""


def lines_of(finding: Finding) -> list[tuple[int, str]]:
    assert {one.path for one in finding.flow} <= {finding.path}
    return [(one.line, one.code) for one in finding.flow]


class Says:
    """A reviewer that reports one finding of lines that it was given."""

    name = "claude"

    def __init__(self, *found: Finding) -> None:
        self.found = found

    def review(self, material: Material) -> Review:
        return Review(self.found)


def said(tree: Path, start: int, end: int, text: str = SHOP, path: str = "shop.py") -> Finding:
    """What the panel makes of a finding on these lines by another reviewer than the rules."""
    given = material(tree, path, text)
    found = a_finding(path=path, start_line=start, end_line=end, reviewer="claude")
    return Panel((Says(found),)).review(given).findings[0]


def test_a_rule_tells_the_way(tmp_path: Path):
    """The parameter, each statement that hands the input on, the call; nothing that merely mentions it."""
    found = Rules().review(material(tmp_path, "shop.py", SHOP)).findings

    assert lines_of(next(one for one in found if one.cwe == "CWE-89")) == [
        (5, 'def search(conn, name, kind="all"):'),
        (6, "name = name.strip()"),
        (9, 'query = ( "SELECT id FROM users " f"WHERE name = \'{name}\'" )'),
        (13, "return conn.execute(query)"),
    ]
    assert lines_of(next(one for one in found if one.start_line == 18)) == [
        (17, 'folder = request.args["folder"]'),
        (18, 'subprocess.run(f"tar cf out.tar {folder}", shell=True)'),
    ]


@pytest.mark.parametrize(
    ("start", "end", "way"),
    [
        (13, 13, [5, 6, 9, 13]),
        (9, 12, [5, 6, 9, 13]),  # the text alone: on to the first call that it reaches
        (9, 13, [5, 6, 9, 13]),
        (17, 18, [17, 18]),
        (22, 22, [21, 22]),  # a private function's parameters count, for the reviewer says so
        (31, 31, [25, 28, 29, 30, 31]),  # five steps at most: the first, and the last ones
        (35, 35, []),  # no input reaches it
        (39, 39, []),  # one line is no way
        (1, 2, []),  # no function
        (900, 901, []),
    ],
)
def test_a_finding_of_another_reviewer_gets_its_way(tmp_path: Path, start: int, end: int, way: list[int]):
    """Its lines are looked up in the function around them; what is not seen is not made up."""
    assert [one.line for one in said(tmp_path, start, end).flow] == way


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("shop.go", SHOP),
        ("shop.py", "def broken(:\n"),
        ("shop.py", f"def deep(x):\n    return eval({'-' * 5000}x)\n"),
    ],
)
def test_what_cannot_be_read_has_no_way(tmp_path: Path, path: str, text: str):
    """The finding stays as it is, whatever its file holds."""
    assert said(tmp_path, 2, 2, text, path).flow == ()


def test_missing_file_has_no_way(tmp_path: Path):
    """A finding of a file that the tree has not keeps the review whole."""
    found = a_finding(path="gone.py", reviewer="claude")

    answer = Panel((Says(found),)).review(Material(Change("a" * 40, "b" * 40, ()), tmp_path))

    assert answer.findings == (found,)


def test_what_does_not_lead_to_the_call_is_no_step(tmp_path: Path):
    """A name that takes the input and that the call does not use is left out."""
    text = (
        "import requests\n\n\n"
        "def status(tenant: str) -> dict:\n"
        "    label = tenant.upper()\n"
        '    url = f"https://{tenant}.api.example.com/status"\n'
        "    return requests.get(url, timeout=5).json()\n"
    )

    (found,) = Rules().review(material(tmp_path, "shop.py", text)).findings

    assert [one.line for one in found.flow] == [4, 6, 7]
