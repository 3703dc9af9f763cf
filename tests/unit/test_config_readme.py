"""The examples of the configuration's README do what it says."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from bot.config import read as reading
from bot.config import tree as files
from bot.config.files import CONFIG_FILE, RuleFile, SutureFile
from bot.config.read import read_config
from bot.review.reviewers.rules import Rules
from bot.review.rules import classes
from tests.unit.rule_cases import material

README = Path(reading.__file__).with_name("README.md")
MAIN = README.parents[2] / "README.md"


def examples(language: str) -> dict[str, str]:
    """The README's blocks by the path in their first line."""
    found = re.findall(rf"^```{language}\n# (\S+)\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
    return dict(found)


def planted(tree: Path) -> Path:
    for name, text in examples("yaml").items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tree


def test_the_files_are_sound_and_show_every_key(tmp_path: Path):
    """Nothing is wrong with them, and no key is left out."""
    texts = examples("yaml")

    config = read_config(planted(tmp_path))

    assert config.problems == ()
    assert set(re.findall(r"^(\w+):", texts[CONFIG_FILE], re.MULTILINE)) == set(SutureFile.model_fields)
    (rules,) = (text for name, text in texts.items() if name != CONFIG_FILE)
    assert set(re.findall(r"^(\w+):", rules, re.MULTILINE)) == set(RuleFile.model_fields)
    assert all(f"{key}:" in rules for key in type(config.rules[0].entry).model_fields if key != "id")
    assert {one.entry.rule for one in config.do_not_report} - {""} <= {one.rule for one in classes()}


def test_the_code_is_found_where_it_says(tmp_path: Path):
    """On the lines that name a rule, and on no others."""
    ((path, text),) = examples("python").items()
    given = material(tmp_path / "head", path, text)
    config = read_config(planted(tmp_path / "base"))

    found = Rules().review(replace(given, config=config)).findings

    expected = [
        (number, line.rpartition("# ")[2])
        for number, line in enumerate(text.splitlines(), 1)
        if "# repository/" in line
    ]
    assert [(one.start_line, one.rule) for one in found] == expected
    assert len(expected) == 2


def test_its_limits_are_those_of_the_code():
    """As numbers in its words."""
    text = README.read_text()

    assert f"{files.LARGEST // 1000} kB a file" in text
    assert f"{reading.MOST_FILES} rule files, {reading.MOST_RULES} rules" in text


def test_the_main_readmes_examples_are_sound(tmp_path: Path):
    """They are shorter, and hold as they stand."""
    first, second = re.findall(r"^```yaml\n(.*?)^```$", MAIN.read_text(), re.MULTILINE | re.DOTALL)
    rules = tmp_path / ".github/suture/rules"
    rules.mkdir(parents=True)
    (tmp_path / CONFIG_FILE).write_text(first)
    (rules / "acme.yml").write_text(second)

    config = read_config(tmp_path)

    assert config.problems == ()
    assert (len(config.do_not_report), len(config.rules), bool(config.guidance)) == (1, 1, True)
