"""Rules that a repository declares: what they find, what they leave, and what comes of a finding."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import NO_CONFIG
from bot.config.read import read_config
from bot.records import Confidence, Finding, Severity
from bot.review.reviewers import Material, Placement
from bot.review.reviewers.rules import Rules
from bot.review.rules.repository import NO_TEST
from tests.unit.rule_cases import material

RULES = """\
rules:
  - id: raw-sql
    cwe: CWE-89
    severity: critical
    confidence: high
    title: SQL from outside
    explanation: "`{function}` hands {input} to `{call}`. {other} {input}"
    impact: Others' rows can be read.
    claim: {input: "O'Brien in {input}", bad: a syntax error, good: no rows}
    sinks:
      - {call: acme.db.run_raw, argument: 0, keyword: statement}
      - {call: "*.raw"}
    sources: [acme.queue.next_message]
    passes: [acme.text.trim, "*.trimmed"]
    cleaned_by: [acme.db.quote, acme.db.look_at]
  - id: legacy-load
    cwe: CWE-502
    severity: high
    title: The old loader
    explanation: It runs what it loads.
    impact: Code can be run.
    claim: {input: a file, bad: it is run, good: it is refused}
    calls: [acme.legacy.load]
cleaners:
  - {call: acme.db.vet, cwes: [CWE-89, CWE-78]}
"""


def given(tmp_path: Path, text: str, path: str = "acme/shop/views.py", rules: str = RULES) -> Material:
    """A change that adds the file to a repository whose base has the rules."""
    base = tmp_path / "base/.github/suture/rules"
    base.mkdir(parents=True)
    (base / "ours.yml").write_text(rules)
    config = read_config(tmp_path / "base")
    assert config.problems == ()
    return replace(material(tmp_path / "head", path, text), config=config)


def found(tmp_path: Path, text: str, path: str = "acme/shop/views.py") -> list[str]:
    return [one.rule for one in Rules().review(given(tmp_path, text, path)).findings]


def only(tmp_path: Path, text: str) -> Finding:
    (finding,) = Rules().review(given(tmp_path, text)).findings
    return finding


def test_a_finding_says_what_the_rule_says(tmp_path: Path):
    """Its marks are those of the code, and what is in them is not read as marks again."""
    finding = only(
        tmp_path, "from acme.db import run_raw\n\n\ndef by_city(city):\n    return run_raw(f'... {city}')\n"
    )

    assert (finding.rule, finding.reviewer, finding.is_by_repository) == ("repository/raw-sql", "rules", True)
    assert (finding.cwe, finding.severity, finding.confidence) == (
        "CWE-89",
        Severity.CRITICAL,
        Confidence.HIGH,
    )
    assert finding.title == "SQL from outside: `city` reaches `run_raw` in `by_city`"
    assert finding.explanation == "`by_city` hands `city` to `run_raw`. {other} `city`"
    assert (finding.claim.entry, finding.claim.input) == ("by_city", "O'Brien in `city`")
    assert (finding.start_line, finding.end_line) == (5, 5)


@pytest.mark.parametrize(
    ("imports", "body"),
    [
        ("import acme.db", "acme.db.run_raw(city)"),
        ("from acme import db", "db.run_raw(city)"),
        ("import acme.db as d", "d.run_raw(statement=city)"),
        ("from ..db import run_raw as go", "go(city)"),
        ("from .. import db", "db.run_raw('a' + city)"),
        ("import os", "connect().raw(1, key=city)"),
        ("import os", "os.x.raw(city)"),
        ("from acme.text import trim", "c.raw(trim(city))"),
        ("import os", "c.raw(city.trimmed())"),
        ("from acme.queue import next_message", "c.raw(next_message())"),
        ("from acme.db import run_raw", "if city:\n        run_raw(city)"),
    ],
)
def test_input_that_reaches_a_sink_is_found(tmp_path: Path, imports: str, body: str):
    """However the sink is imported, by its place or its name, and through what hands the input on."""
    assert found(tmp_path, f"{imports}\n\n\ndef by_city(city):\n    {body}\n") == ["repository/raw-sql"]


@pytest.mark.parametrize(
    ("imports", "body"),
    [
        ("from acme.db import run_raw", "run_raw('SELECT 1')"),
        ("from acme.db import run_raw", "run_raw('SELECT ?', city)"),
        ("from acme.db import run_raw", "run_raw(other(city))"),
        ("from acme.db import run_raw, quote", "run_raw(quote(city))"),
        ("from acme.db import run_raw, look_at", "look_at(city)\n    run_raw(city)"),
        ("from acme.db import run_raw, vet", "vet(city)\n    run_raw(city)"),
        ("from other.db import run_raw", "run_raw(city)"),
        ("from .db import run_raw", "run_raw(city)"),
        ("import os", "run_raw(city)"),
        ("import os", "raw(city)"),
        ("import os", "c.rawer(city)"),
    ],
)
def test_anything_else_is_left(tmp_path: Path, imports: str, body: str):
    """Constants, other arguments, cleaned input, and functions that only look like the sink."""
    assert found(tmp_path, f"{imports}\n\n\ndef by_city(city):\n    {body}\n") == []


def test_a_sink_is_known_in_its_own_file(tmp_path: Path):
    """Also below a folder of sources, which is no part of the name."""
    text = "def run_raw(statement):\n    pass\n\n\ndef by_city(city):\n    run_raw(city)\n"

    assert found(tmp_path, text, "src/acme/db.py") == ["repository/raw-sql"]


def test_a_dangerous_call_needs_no_input(tmp_path: Path):
    """Wherever it is made, also in a private function."""
    finding = only(tmp_path, "from acme import legacy\n\n\ndef _start():\n    return legacy.load('a.bin')\n")

    assert finding.rule == "repository/legacy-load"
    assert finding.title == "The old loader: `legacy.load` is called in `_start`"


def test_only_changed_lines_are_looked_at(tmp_path: Path):
    """A call that stood there before is not this change's."""
    text = "from acme import legacy\n\n\ndef start():\n    legacy.load('a')\n\n\ndef more():\n    return 1\n"
    whole = given(tmp_path, text)
    changed = material(tmp_path / "head", "acme/shop/views.py", text, range(8, 10))

    review = Rules().review(replace(whole, change=changed.change))

    assert review.findings == ()


def test_rules_come_from_the_base_alone(tmp_path: Path):
    """What the head has in their place is neither a rule nor takes one away."""
    text = "from acme.db import run_raw\n\n\ndef by_city(city):\n    return run_raw(city)\n"
    with_rules = given(tmp_path, text)
    there = with_rules.tree / ".github/suture/rules"
    there.mkdir(parents=True)
    (there / "ours.yml").write_text("rules: []\n")

    assert len(Rules().review(with_rules).findings) == 1
    assert Rules().review(Material(with_rules.change, with_rules.tree)).findings == ()


def test_a_cleaner_is_known_to_the_embedded_rules(tmp_path: Path):
    """For the weaknesses it is declared for, and no others."""
    text = "import subprocess\n\nfrom acme.db import vet\n\n\ndef look(name):\n    vet(name)\n"
    shell = "    subprocess.run('ls ' + name, shell=True)\n"
    code = "    eval(name)\n"

    cleaned = Rules().review(given(tmp_path / "1", text + shell)).findings
    not_cleaned = Rules().review(given(tmp_path / "2", text + code)).findings

    assert [one.rule for one in cleaned] == []
    assert [one.rule for one in not_cleaned] == ["python/code-injection"]


def test_nobody_but_a_model_can_test_it(tmp_path: Path):
    """The rules say so, and have no fix either."""
    there = given(tmp_path, "from acme.db import run_raw\n\n\ndef by_city(city):\n    return run_raw(city)\n")
    (finding,) = Rules().review(there).findings

    answer = Rules().write_test(finding, there, Placement("tests/test_new.py", "acme.shop.views"), ())

    assert (answer.value, answer.reason) == (None, NO_TEST)


def test_ids_do_not_depend_on_other_rules(tmp_path: Path):
    """The embedded finding on the line is called what it was before the repository had rules."""
    text = "import sqlite3\n\n\ndef find(conn, name):\n    return conn.raw(f\"SELECT '{name}'\")\n"
    there = given(tmp_path, text)

    before = Rules().review(replace(there, config=NO_CONFIG)).findings
    after = {one.rule: one.id for one in Rules().review(there).findings}

    assert [one.rule for one in before] == ["python/sql-injection"]
    assert set(after) == {"python/sql-injection", "repository/raw-sql"}
    assert after["python/sql-injection"] == before[0].id != after["repository/raw-sql"]
