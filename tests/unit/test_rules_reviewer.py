"""The embedded reviewer: where a finding stands, what it is called, and what is not reviewed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.gates import passed
from bot.records import Finding, Review
from bot.review.reviewers import Feedback, Placement
from bot.review.reviewers.rules import Rules
from bot.review.rules import classes
from tests.unit.rule_cases import added, applied, material

RULES = Rules()
PLACE = Placement("tests/test_new.py", "app")
QUERY = """\
import sqlite3


def find(conn, name):
    query = f"SELECT id FROM users WHERE name = '{name}'"
    rows = []
    for row in conn.execute(
        query
    ):
        rows.append(row)
    return rows
"""


def review(tree: Path, text: str, path: str = "app.py", only: range | None = None) -> Review:
    return RULES.review(material(tree, path, text, only))


def only_finding(tree: Path, text: str, only: range | None = None) -> Finding:
    found = review(tree, text, only=only).findings
    assert len(found) == 1
    return found[0]


def test_finding_stands_on_the_call(tmp_path: Path):
    """The anchor is the statement of the call, and the quote is its lines as they are in the file."""
    finding = only_finding(tmp_path, QUERY)

    assert (finding.start_line, finding.end_line) == (7, 9)
    assert finding.quote == "    for row in conn.execute(\n        query\n    ):"
    assert finding.reviewer == "rules"
    assert finding.rule == "python/sql-injection"


def test_changed_line_on_the_way_is_enough(tmp_path: Path):
    """A change of the statement's text alone is a finding; one elsewhere in the function is none."""
    assert only_finding(tmp_path, QUERY, range(5, 6)).start_line == 7
    assert review(tmp_path, QUERY, only=range(11, 12)).findings == ()
    assert review(tmp_path, QUERY, only=range(6, 7)).findings == ()


def test_anchor_stays_in_one_hunk(tmp_path: Path):
    """When no hunk shows the call, the finding stands on the changed lines that lead to it."""
    given = material(tmp_path, "app.py", QUERY)
    file = given.change.files[0]
    hunk = replace(file.hunks[0], lines=file.hunks[0].lines[:5])
    change = replace(given.change, files=(replace(file, hunks=(hunk,)),))

    finding = RULES.review(replace(given, change=change)).findings[0]

    assert (finding.start_line, finding.end_line) == (5, 5)


def test_id_is_stable(tmp_path: Path):
    """The id stays when lines move and spaces change, and tells equal lines of one function apart."""
    moved = QUERY.replace("\n\n\ndef", "\n\nLIMIT = 3\n\n\ndef").replace('f"SELECT', 'f"SELECT')
    twice = QUERY.replace(
        "    return rows", "    for row in conn.execute(\n        query\n    ):\n        pass"
    )

    before, after = only_finding(tmp_path, QUERY).id, only_finding(tmp_path, moved).id
    two = [one.id for one in review(tmp_path, twice).findings]

    assert before == after == two[0]
    assert len(set(two)) == 2


def test_other_code_is_named_and_documents_are_not(tmp_path: Path):
    """A changed file in another language is reported as not reviewed; documents, images and tests are not."""
    assert review(tmp_path, "eval(x)", "web/app.js").not_reviewed[0].reason.endswith("not JavaScript.")
    assert review(tmp_path, "main: run", "Main.GO").not_reviewed[0].path == "Main.GO"
    for path in ("README.md", "logo.svg", "data.json", "tests/test_app.py", "test_app.py", "conftest.py"):
        assert review(tmp_path, QUERY, path) == Review()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def broken(:\n    pass\n", "cannot be parsed"),
        ("x = " + "(" * 3000 + ")" * 3000 + "\n", "too deep"),
        ("x = " + "+".join("1" * 3000) + "\n", "too deep"),
        ("x = 1\n" * 50_000, "larger than"),
    ],
    ids=["syntax", "brackets", "operators", "size"],
)
def test_file_that_cannot_be_read_is_reported(tmp_path: Path, text: str, reason: str):
    """Silence never stands for a file that the parser could not take."""
    answer = review(tmp_path, text)

    assert answer.findings == ()
    assert reason in answer.not_reviewed[0].reason


@pytest.mark.parametrize("chain", ["-", "not ", "lambda: ", "1 + ", "1 if 1 else "])
@pytest.mark.parametrize("newer", ["", "type X = int\nx = f'{'a'}'\n"], ids=["known", "newer syntax"])
def test_chain_that_would_end_the_parser_is_reported(chain: str, newer: str, tmp_path: Path):
    """Code made to exhaust libcst's parser, which would end the process, is named as not reviewed."""
    answer = review(tmp_path, f"{newer}y = {chain * 20_000}1\n")

    assert answer.findings == ()
    assert "deep" in answer.not_reviewed[0].reason


def test_brackets_hidden_in_strings_do_no_harm(tmp_path: Path):
    """Brackets are counted by a parser, not by their signs."""
    deep = review(tmp_path, "x = " + "[')', " * 2000 + "]" * 2000 + "\n")
    flat = review(tmp_path, "x = '" + "(" * 2000 + "'\n")

    assert "deep" in deep.not_reviewed[0].reason
    assert flat == Review()


def test_bytes_that_are_no_text_are_reported(tmp_path: Path):
    """A file that is not UTF-8 is named as not reviewed."""
    given = material(tmp_path, "app.py", QUERY)
    (tmp_path / "app.py").write_bytes(b"# \xff\xfe\nx = 1\n")

    assert "UTF-8" in RULES.review(given).not_reviewed[0].reason


def test_link_out_of_the_tree_is_not_followed(tmp_path: Path):
    """A link in the hostile tree is not read, wherever it leads."""
    (tmp_path / "secret.py").write_text(QUERY)
    tree = tmp_path / "tree"
    given = material(tree, "app.py", QUERY)
    (tree / "app.py").unlink()
    (tree / "app.py").symlink_to(tmp_path / "secret.py")

    answer = RULES.review(given)

    assert answer.findings == ()
    assert "regular file" in answer.not_reviewed[0].reason


def test_newer_syntax_is_read(tmp_path: Path):
    """Syntax newer than the running interpreter (nested quotes in f-strings, type parameters) is reviewed."""
    text = "import os\n\n\ndef run[T](names: dict) -> None:\n    os.system(f'ls {names['name']}')\n"

    assert only_finding(tmp_path, text).rule == "python/command-injection"


def test_windows_line_ends_and_mark_are_kept(tmp_path: Path):
    """A file with CRLF and a byte order mark keeps both: the edits stand in it exactly once."""
    text = "\ufeffimport os\r\n\r\n\r\ndef show(name):\r\n    os.system(f'ls {name}')\r\n"
    given = material(tmp_path, "app.py", text)
    finding = RULES.review(given).findings[0]
    test = RULES.write_test(finding, given, PLACE, ()).value

    fix = RULES.write_fix(finding, test, given, ()).value

    fixed = applied(fix, text)
    assert fixed.count("\r\n") == fixed.count("\n") == 6
    assert fixed.startswith("\ufeffimport os\r\nimport subprocess\r\n")


def test_finding_of_somebody_else_is_declined_with_a_reason(tmp_path: Path):
    """A finding that no rule knows, or a file that cannot be imported, gets a reason and no guess."""
    given = material(tmp_path, "app.py", QUERY)
    finding = RULES.review(given).findings[0]

    stranger = RULES.write_test(replace(finding, id="0" * 16, rule="python/another"), given, PLACE, ())
    homeless = RULES.write_test(finding, given, Placement("tests/test_new.py", ""), ())

    assert stranger.value is None
    assert "No embedded rule" in stranger.reason
    assert homeless.value is None
    assert "imported" in homeless.reason


def test_feedback_leads_to_another_test_or_an_end(tmp_path: Path):
    """After a test that did not show the defect comes a different one, and in the end a reason."""
    given = material(tmp_path, "app.py", QUERY)
    finding = RULES.review(given).findings[0]
    feedback: tuple[Feedback, ...] = ()
    while (answer := RULES.write_test(finding, given, PLACE, feedback)).value is not None:
        assert all(one.attempt != answer.value for one in feedback)
        feedback += (Feedback(answer.value, (passed("G3", ""),), ""),)
        assert len(feedback) < 6

    assert len(feedback) >= 2
    assert answer.reason


def test_flood_of_findings_is_cut_and_told(tmp_path: Path):
    """A change with more defects than anybody can look at is cut, and the file is named as not reviewed."""
    text = "import os\n\n\ndef f(a):\n" + "    os.system('ls ' + a)\n" * 60

    answer = review(tmp_path, text)

    assert len(answer.findings) == 40
    assert "more than 40" in answer.not_reviewed[0].reason


def test_classes_tell_of_themselves():
    """Each class has a name of its own, and the words that the documentation needs."""
    known = classes()

    assert len({one.rule for one in known}) == len(known) >= 6
    assert all(one.cwe.startswith("CWE-") and one.sinks and one.remedy and one.impact for one in known)
    assert json.dumps([one.rule for one in known])


def test_change_of_a_removed_file_is_nothing(tmp_path: Path):
    """A removed file has no head to review."""
    change = added("app.py", QUERY)
    gone = replace(change, files=(replace(change.files[0], status="removed"),))

    assert RULES.review(replace(material(tmp_path, "other.md", "x"), change=gone)) == Review()
