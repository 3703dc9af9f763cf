"""What a repository asks: what holds, what does not and on which line, and what a hostile file may cost."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from bot.config import Config
from bot.config.checked import MOST_PROBLEMS
from bot.config.files import CONFIG_FILE
from bot.config.globs import folder_of, matches, why_not
from bot.config.located import read_yaml
from bot.config.published import MODELS, schemas
from bot.config.read import MOST_FILES, NO_BASE, read_config
from bot.records import Severity

RULE = """\
rules:
  - id: raw-sql
    cwe: CWE-89
    severity: high
    title: SQL from outside
    explanation: "`{function}` runs {input} by `{call}`."
    impact: Others' rows can be read.
    claim: {input: "O'Brien", bad: a syntax error, good: no rows}
    sinks:
      - {call: acme.db.run_raw, argument: 0, keyword: statement}
"""


def config(tree: Path, files: dict[str, str]) -> Config:
    for name, text in files.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return read_config(tree)


def problems(tree: Path, text: str) -> list[tuple[int, str]]:
    return [(one.line, one.what) for one in config(tree, {CONFIG_FILE: text}).problems]


def test_a_repository_without_files_asks_for_nothing(tmp_path: Path):
    """And nothing is wrong with that."""
    assert read_config(tmp_path) == Config()


def test_a_base_that_cannot_be_had_is_told():
    """It must not look like a repository that asks for nothing."""
    assert [one.what for one in read_config(None).problems] == [NO_BASE]


def test_all_keys_hold(tmp_path: Path):
    """Each entry with the line it is written on."""
    text = "# ours\nguidance: |\n  Ids are\n  numbers.\n\ndo_not_report:\n"
    text += "  - cwe: CWE-89\n    reason: no\n  - paths: [docs/**]\n    reason: examples\n"

    found = config(tmp_path, {CONFIG_FILE: text, ".github/suture/rules/db.yml": RULE})

    assert found.problems == ()
    assert found.guidance == "Ids are\nnumbers."
    assert [(one.line, one.entry.cwe, one.entry.paths) for one in found.do_not_report] == [
        (7, "CWE-89", ()),
        (9, "", ("docs/**",)),
    ]
    (rule,) = found.rules
    assert (rule.entry.id, rule.entry.severity, rule.path, rule.line) == (
        "raw-sql",
        Severity.HIGH,
        ".github/suture/rules/db.yml",
        2,
    )


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("guidnace: x\n", 1, "`guidnace` is not known here (did you mean `guidance`?)"),
        ("a:\n  b: 1\n", 1, "(known are rules, do_not_report, ignore, guidance, comment_from,"),
        ("\nguidance: 5\n", 2, "`guidance` is not right: input should be a valid string; `guidance` is ign"),
        ("\nfail_from: grave\n", 2, "`fail_from` is not right: input should be 'low', 'medium',"),
        ("comment_from: never\n", 1, "input should be 'low', 'medium', 'high' or 'critical'"),
        ("inline_comments: 26\n", 1, "less than or equal to 25"),
        ("inline_comments: '3'\n", 1, "valid integer"),
        ("fix_delivery: push\n", 1, "'suggestions', 'branches' or 'stacked'"),
        ("ignore:\n  - a\n  - b?\n", 3, "no `?`"),
        ("guidance:\n", 1, "`guidance` is not right"),
        (f"guidance: {'x' * 4001}\n", 1, "at most 4000 characters"),
        ("do_not_report:\n  - cwe: CWE-89\n", 2, "`reason` is missing; this entry is ignored."),
        ("do_not_report:\n  - reason: so\n", 2, "needs at least one of `cwe`, `rule`, `paths`"),
        ("do_not_report:\n  - cwe: 89\n    reason: so\n", 2, "`cwe` is not right"),
        ("do_not_report:\n  - reason: so\n    cwe: cwe-89\n", 3, "has to be written like `CWE-89`"),
        ("do_not_report:\n  - paths:\n      - a/[bc]\n    reason: so\n", 3, "no sets, no braces"),
        ("do_not_report: all\n", 1, "`do_not_report` is ignored."),
        ("rules:\n  - a\n  - ../x.yml\n", 3, "no `.`, `..` or empty folders; this entry is ignored."),
        ("rules:\n  - mine/*.yml\n", 2, "`mine/*.yml` names no file."),
        ("- a\n", 1, "has to be made of keys with values"),
        ("a: [1,\n", 2, "it is not YAML"),
        ("a: 1\nb: 2\na: 3\n", 3, "the key `a` stands here a second time"),
        ("a: 1\n---\nb: 2\n", 2, "another document"),
        ("a: &x [1]\nb: *x\n", 2, "aliases are not read"),
        ("\na: !!python/object:os.system x\n", 2, "tags are not read"),
        ("a: 1\nb: \x07\n", 2, "a character that YAML does not allow"),
        ("? [a]\n: 1\n", 1, "a key has to be a word"),
        ("[" * 30_000, 1, "it nests too deep"),
        ("guidance: x\n" + "#" * 64_000, 0, "it is larger than 64 kB"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, line: int, what: str):
    """In words, and with what becomes of it."""
    told = problems(tmp_path, text)

    assert [(number, what in said) for number, said in told if what in said] == [(line, True)], told


def test_only_the_part_that_is_wrong_has_no_effect(tmp_path: Path):
    """The entries around a bad one hold, and their lines are right."""
    text = "guidance: [x]\ndo_not_report:\n  - cwe: CWE-1\n    reason: a\n  - cwe: x\n    reason: b\n"
    text += "  - cwe: CWE-2\n    reason: c\n"

    found = config(tmp_path, {CONFIG_FILE: text})

    assert found.guidance == ""
    assert [(one.entry.cwe, one.line) for one in found.do_not_report] == [("CWE-1", 3), ("CWE-2", 7)]
    assert [one.line for one in found.problems] == [1, 5]


def test_a_bad_rule_falls_alone(tmp_path: Path):
    """The file's others hold; an id is taken once."""
    bad = RULE.replace("raw-sql", "two").replace("severity: high", "severity: bad")
    files = {
        ".github/suture/rules/1.yml": RULE + bad.removeprefix("rules:\n"),
        ".github/suture/rules/2.yml": RULE,
    }

    found = config(tmp_path, files)

    assert [(one.entry.id, one.path) for one in found.rules] == [("raw-sql", ".github/suture/rules/1.yml")]
    assert [(one.path[-5:], one.line) for one in found.problems] == [("1.yml", 13), ("2.yml", 2)]
    assert "'low', 'medium', 'high' or 'critical'" in found.problems[0].what
    assert "stands in .github/suture/rules/1.yml line 2 already" in found.problems[1].what


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("acme.db.run_raw", "acme.(a+)+", "has to be a dotted name"),
        ("acme.db.run_raw", "acme.return", "is a word of the language"),
        ("argument: 0", "argument: -1", "greater than or equal to 0"),
        ("argument: 0", "argument: '0'", "valid integer"),
        ("raw-sql", "Raw SQL", "small letters, digits and single hyphens"),
        (
            "    sinks:\n      - {call: acme.db.run_raw, argument: 0, keyword: statement}\n",
            "",
            "`sinks`, `calls`",
        ),
        ("    title", "    titel", "did you mean `title`?"),
        ("keyword:", "regex:", "(known are call, argument, keyword)"),
    ],
)
def test_rules_are_held_to_their_form(tmp_path: Path, old: str, new: str, what: str):
    """Names only: no pattern of a rule is ever compiled."""
    assert old in RULE
    found = config(tmp_path, {".github/suture/rules/db.yml": RULE.replace(old, new)})

    assert found.rules == ()
    assert any(what in one.what and one.line > 1 for one in found.problems), found.problems


def test_links_are_not_followed(tmp_path: Path):
    """A repository cannot have files of the machine read to it, not even through a folder."""
    outside, tree = tmp_path / "outside", tmp_path / "tree"
    outside.mkdir()
    (outside / "suture.yml").write_text("guidance: secret\n")
    (outside / "db.yml").write_text(RULE)
    tree.mkdir()
    (tree / ".github").symlink_to(outside)
    linked = read_config(tree)
    (tree / ".github").unlink()
    (tree / ".github/suture").mkdir(parents=True)
    (tree / CONFIG_FILE).symlink_to(outside / "suture.yml")
    (tree / ".github/suture/rules").symlink_to(outside)

    again = read_config(tree)

    assert (linked.guidance, linked.rules, again.guidance, again.rules) == ("", (), "", ())
    assert ["not a regular file" in one.what for one in (*linked.problems, *again.problems)] == [True, True]


def test_a_name_that_is_nearly_right_is_told(tmp_path: Path):
    """Or its owner would wait for an effect."""
    (found,) = config(tmp_path, {".github/suture.yaml": "guidance: x\n"}).problems

    assert (found.path, CONFIG_FILE in found.what) == (".github/suture.yaml", True)


def test_too_much_is_cut_off_and_told(tmp_path: Path):
    """Files of rules, and faults of one file."""
    files = {f".github/suture/rules/{number:03}.yml": "rules: []\n" for number in range(MOST_FILES + 3)}
    faults = "".join(f"key{number}: 1\n" for number in range(MOST_PROBLEMS + 5))

    found = config(tmp_path, {**files, CONFIG_FILE: faults})

    assert len(found.problems) == MOST_PROBLEMS + 2
    assert "5 more things are wrong" in found.problems[MOST_PROBLEMS].what
    assert found.problems[-1].path == f".github/suture/rules/{MOST_FILES:03}.yml"


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("a.py", "a.py", True),
        ("a.py", "b/a.py", False),
        ("*.py", "b/a.py", False),
        ("**/*.py", "a.py", True),
        ("**/*.py", "b/c/a.py", True),
        ("docs/**", "docs/a/b.md", True),
        ("docs/", "docs/a/b.md", True),
        ("docs/", "docs2/a", False),
        ("docs/*", "docs/a/b.md", False),
        ("a/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z", True),
        ("a/**/z", "a/b/z/c", False),
        ("a*b*c", "axxbyyc", True),
        ("a*b*c", "axxcyyb", False),
        ("a*a", "a", False),
        ("*ab*ab", "abab", True),
        ("*ab*ab", "ab", False),
        (".github/*", ".github/x", True),
        ("A.py", "a.py", False),
        ("**", "any/thing", True),
    ],
)
def test_patterns_of_paths(pattern: str, path: str, expected: bool):
    """`*` stays within a name, `**` stands for folders, and the whole path has to fit."""
    assert why_not(pattern) == ""
    assert matches(pattern, path) is expected


@pytest.mark.parametrize(
    "pattern", ["", "/a", "a\\b", "[a]", "!a", "a?", "{a,b}", "./a", "a//b", "a**", "**/" * 5]
)
def test_patterns_that_are_refused(pattern: str):
    """What would be read otherwise elsewhere, or cost much, is no pattern."""
    assert why_not(pattern)


def test_folder_of_a_pattern():
    """Where the search for its files begins."""
    assert [folder_of(one) for one in ("a/b/*.yml", "*.yml", "a/*/c.yml", "a/b.yml")] == [
        "a/b",
        ".",
        "a",
        "a",
    ]


def test_words_of_other_yaml_versions_are_text():
    """`no`, `on`, `0x1`, `1.5` and `12:30` are what they look like."""
    data = read_yaml("a: no\nb: on\nc: 0x1\nd: 1.5\ne: 12:30\nf: true\ng: 7\nh: '7'\ni:\n").data

    assert list(data.values()) == ["no", "on", "0x1", "1.5", "12:30", True, 7, "7", None]


def test_the_published_schemas_are_current():
    """They are what `python -m bot.config.published` writes."""
    assert {path: path.read_text(encoding="utf-8") for path in schemas()} == schemas()


def test_the_schemas_say_what_the_reader_says():
    """An editor marks what would have no effect, and nothing else."""
    config_schema, rules_schema, shared_schema = (json.loads(text) for text in schemas().values())

    jsonschema.validate({"do_not_report": [{"cwe": "CWE-89", "reason": "so"}]}, config_schema)
    jsonschema.validate(read_yaml(RULE).data, rules_schema)
    assert list(MODELS) == [config_schema["$id"], rules_schema["$id"], shared_schema["$id"]]
    jsonschema.validate({"locked": ["rules"]}, shared_schema)
    for wrong in (
        {"x": 1},
        {"locked": ["rules"]},
        {"fail_from": "none"},
        {"inline_comments": 26},
        {"do_not_report": [{"reason": "so"}]},
        {"guidance": 5},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, config_schema)
