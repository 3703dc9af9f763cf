"""What a red test has to reach, from a finding or from a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.records import Claim, Confidence, Finding, Severity
from bot.regression.aim import aim_at_change, aim_at_finding

SOURCE = '''import os

LIMIT = 3


@staticmethod
def page(root, name):
    """Read a page."""
    path = os.path.join(
        root,
        name,
    )
    if path:
        return open(path)
    return None


class Shop:
    size = 1

    def total(self):
        return self.size
'''


def finding(start: int, end: int) -> Finding:
    claim = Claim("page", "x", "bad", "good")
    return Finding(
        "id", "a.py", start, end, "CWE-22", Severity.HIGH, Confidence.HIGH, "t", "e", "i", claim, "q", "rules"
    )


def lines_for(tmp_path: Path, start: int, end: int) -> set[int]:
    (tmp_path / "a.py").write_text(SOURCE)
    return {line for _, line in aim_at_finding(finding(start, end), tmp_path).lines}


@pytest.mark.parametrize(
    ("start", "end", "lines"),
    [
        (11, 11, {9, 10, 11, 12}),  # within a statement: all of it
        (13, 13, {13}),  # the head of an if
        (14, 14, {14}),
        (7, 7, {8, 9, 10, 11, 12, 13, 14, 15}),  # the def line runs at import: the body
        (3, 3, set()),  # runs at import
        (19, 19, set()),
        (22, 22, {22}),
    ],
)
def test_aim_at_a_finding(tmp_path: Path, start: int, end: int, lines: set[int]):
    """The statements on the finding's lines, or no line where they run at import."""
    assert lines_for(tmp_path, start, end) == lines


def test_a_file_that_is_not_python(tmp_path: Path):
    """No line can be asked of what cannot be parsed; the path still counts for tracebacks."""
    (tmp_path / "a.py").write_text("{{ template }} (")
    aim = aim_at_finding(finding(1, 1), tmp_path)

    assert aim.lines == frozenset()
    assert aim.paths == ("a.py",)


def change(tmp_path: Path, after: str | None, before: str | None = SOURCE) -> set[int]:
    for name, text in (("head", before), ("fixed", after)):
        (tmp_path / name).mkdir()
        if text is not None:
            (tmp_path / name / "a.py").write_text(text)
    aim = aim_at_change(tmp_path / "head", tmp_path / "fixed", ("a.py",))
    assert aim.paths == ("a.py",)
    return {line for _, line in aim.lines}


def test_a_changed_function(tmp_path: Path):
    """Any line of the function that the change touches will do; imports beside it do not matter."""
    after = SOURCE.replace("import os", "import os\nimport re").replace(
        "        name,\n", "        safe(name),\n"
    )

    assert change(tmp_path, after) == set(range(8, 16))


def test_lines_added_to_a_method(tmp_path: Path):
    """A pure insertion touches the function it lands in."""
    assert change(
        tmp_path, SOURCE.replace("        return self.size", "        check()\n        return self.size")
    ) == {22}


@pytest.mark.parametrize(
    "after",
    [
        SOURCE.replace("LIMIT = 3", "LIMIT = 2"),
        SOURCE.replace("    size = 1", "    size = 2"),
        SOURCE + "\n    def more(self):\n        return 2\n",
        SOURCE + "\n\ndef helper():\n    return 2\n",
        None,
    ],
)
def test_changes_that_run_at_import_ask_for_no_line(tmp_path: Path, after: str | None):
    """Constants, class bodies, new functions and removed files: a right test may reach no line of today's."""
    assert change(tmp_path, after) == set()


def test_a_new_file_asks_for_no_line(tmp_path: Path):
    """There is nothing of it on the head to reach."""
    assert change(tmp_path, SOURCE, before=None) == set()


def test_code_that_nests_deeply(tmp_path: Path):
    """A chain deeper than the interpreter's stack is walked all the same."""
    links = "".join(f"    elif x == {n}:\n        return {n}\n" for n in range(1, 1500))
    source = f"def pick(x):\n    if x == 0:\n        return 0\n{links}"
    (tmp_path / "a.py").write_text(source)

    assert aim_at_finding(finding(3, 3), tmp_path).lines == {("a.py", 3)}
