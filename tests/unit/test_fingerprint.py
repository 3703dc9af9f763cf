"""A finding's id over rebases, moves, renames and formatters; and that two defects never share one."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.records import Finding, KeptTest, RegressionTest, Review
from bot.regression.gone import home_of
from bot.regression.renamed import with_known_ids
from bot.review.fingerprint import fingerprint, same_code
from bot.review.reviewers import Placement
from bot.review.reviewers.rules import Rules
from tests.fakes.records import a_finding
from tests.unit.rule_cases import material

FIND = """
def find(conn, name):
    query = f"SELECT id FROM users WHERE name = '{name}'"
    return conn.execute(query, timeout=3).fetchall()
"""
DROP = """
def drop(conn, table, name):
    conn.execute(f"DELETE FROM {table} WHERE name = '{name}'")
    conn.execute(f"DELETE FROM {table} WHERE name = '{name}'")
    conn.execute(f"DELETE FROM old_{table} WHERE name = '{name}'")
"""
PLAIN = """
def total(prices):
    return sum(prices)
"""


def ids(text: str, path: str = "shop/users.py") -> list[str]:
    """The ids of the embedded rules' findings, in order."""
    with TemporaryDirectory() as folder:
        return [one.id for one in Rules().review(material(Path(folder), path, text)).findings]


def as_black(text: str) -> str:
    """Calls broken into lines with a last comma, and parentheses around what is returned."""
    text = re.sub(r"    conn\.execute\((f.*)\)\n", r"    conn.execute(\n        \1,\n    )\n", text)
    call = "conn.execute(query, timeout=3).fetchall()"
    return text.replace(f"return {call}", f"return (\n        {call}\n    )")


@settings(max_examples=12, deadline=None)
@given(
    above=st.lists(st.sampled_from(["# a line\n", "import os\n", "LIMIT = 3\n", "\n"]), max_size=6),
    order=st.permutations([FIND, DROP, PLAIN]),
    formatted=st.booleans(),
)
def test_lines_and_functions_may_move_and_a_formatter_may_pass(
    above: list[str], order: list[str], formatted: bool
) -> None:
    """Rebases, moves within the file and reformatting leave every id as it was, twins' too."""
    text = "".join(above + order)

    assert sorted(ids(as_black(text) if formatted else text)) == sorted(ids(FIND + DROP))


def test_different_defects_have_different_ids() -> None:
    """Two of the same code in one function too, and the same function in another class or file."""
    method = FIND.replace("\n", "\n    ")
    text = FIND + DROP + f"\nclass A:{method}\n\nclass B:{method}\n"
    seen = ids(text) + ids(text, "shop/other.py")

    assert len(seen) == 12
    assert len(set(seen)) == 12


@given(st.text("ab'\"(),[]\n \\", max_size=12), st.sampled_from(["x", "+", "1"]), st.integers(0, 12))
def test_a_sign_that_means_something_makes_another_id(code: str, sign: str, at: int) -> None:
    """What is left out of the comparison is no more than blanks, quotes, parentheses and last commas."""
    other = code[:at] + sign + code[at:]

    assert not same_code(code, other)
    assert fingerprint("a.py", "CWE-1", code) != fingerprint("a.py", "CWE-1", other)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("run(a, 'b')", 'run(\n    a,\n    "b",\n)', True),
        ("x = a + b", "x = (\n    a + b\n)", True),
        ("x = a + \\\n    b", "x = a + b", True),
        ("x = [a]", "x = [\n    a,\n]", True),
        ("run(a)", "run(b)", False),
        ("run(a, b)", "run(b, a)", False),
        ("x = a.b", "x = a.c", False),
    ],
)
def test_what_a_formatter_does_is_no_other_code(one: str, other: str, same: bool) -> None:
    """All else is."""
    assert same_code(one, other) is same


def kept(tree: Path, path: str, text: str) -> KeptTest:
    """The finding in `find`, as its test was kept when it stood at `path`."""
    found = Rules().review(material(tree, path, text)).findings[0]
    scope, code = home_of(found, tree)
    return KeptTest(found, RegressionTest("tests/x.py", ""), (), scope=scope, code=code)


def found_at(tree: Path, path: str, text: str) -> tuple[Finding, ...]:
    return Rules().review(material(tree, path, text)).findings


def test_a_renamed_file_keeps_its_findings_ids(tmp_path: Path) -> None:
    """The rules find their way back to it, for the test and the fix."""
    then = kept(tmp_path / "old", "shop/users.py", FIND)
    tree = tmp_path / "new"
    review = Review(found_at(tree, "shop/people.py", "import os\n" + as_black(FIND)))

    (now,) = with_known_ids(review, [then], tree).findings

    assert review.findings[0].id != now.id == then.finding.id
    assert now.path == "shop/people.py"
    told = material(tree, now.path, "import os\n" + as_black(FIND))
    assert Rules().write_test(now, told, Placement("tests/test_x.py", "shop.people"), ()).value


@pytest.mark.parametrize("what", ["the file stands", "two could be meant", "other code", "other function"])
def test_else_an_id_is_not_taken_over(tmp_path: Path, what: str) -> None:
    """A copy is another defect; so is what only looks alike."""
    then = kept(tmp_path / "old", "shop/users.py", FIND)
    tree, text = tmp_path / "new", FIND
    if what == "other code":
        text = FIND.replace("timeout=3", "timeout=4")
    if what == "other function":
        text = FIND.replace("def find", "def seek")
    found = found_at(tree, "shop/people.py", text)
    if what == "two could be meant":
        found += found_at(tree, "shop/more.py", text)
    if what == "the file stands":
        found_at(tree, "shop/users.py", FIND)

    assert with_known_ids(Review(found), [then], tree).findings == found


def test_no_two_findings_get_one_id(tmp_path: Path) -> None:
    """Nor is one renamed twice."""
    one = a_finding(path="gone.py", quote="run(a)")
    others = [
        KeptTest(replace(one, id=name * 16), RegressionTest("t.py", ""), (), scope="f") for name in "ab"
    ]
    (tmp_path / "here.py").write_text("def f(a):\n    run(a)\n")
    here = replace(one, path="here.py", start_line=2, end_line=2)

    assert with_known_ids(Review((here,)), others, tmp_path).findings == (here,)
    assert with_known_ids(Review((here,)), others[:1], tmp_path).findings == (replace(here, id="a" * 16),)
