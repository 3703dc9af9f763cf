"""The examples of the configuration's README do what it says."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from bot.config import read as reading
from bot.config import tree as files
from bot.config.files import CONFIG_FILE, SharedFile, SutureFile
from bot.config.layers import MOST_RULES, Host
from bot.config.located import read_yaml
from bot.config.own_rules import RuleFile
from bot.config.published import MODELS, schemas
from bot.config.read import SHARED_FILES, read_config, read_shared
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

    config = read_config(planted(tmp_path), host=Host(models=("claude-opus-5-5",)))

    assert config.problems == ()
    assert set(re.findall(r"^(\w+):", texts[CONFIG_FILE], re.MULTILINE)) == set(SutureFile.model_fields)
    (rules,) = (text for name, text in texts.items() if name.startswith(".github/suture/rules/"))
    assert set(re.findall(r"^(\w+):", rules, re.MULTILINE)) == set(RuleFile.model_fields)
    assert all(f"{key}:" in rules for key in type(config.rules[0].entry).model_fields if key != "id")
    assert {one.entry.rule for one in config.do_not_report} - {""} <= {one.rule for one in classes()}


def test_the_organisations_file_is_sound(tmp_path: Path):
    """Beside the rule file that it names, and by the schema that editors take."""
    text = examples("yaml")[SHARED_FILES[0]]
    (tmp_path / "rules").mkdir()
    (tmp_path / "suture.yml").write_text(text)
    (tmp_path / "rules/acme.yml").write_text("rules: []\n")

    layer = read_shared("acme/.github", tmp_path)

    assert layer.problems == ()
    assert layer.locked
    assert set(SharedFile.model_fields) - set(SutureFile.model_fields) <= layer.keys.keys()


@pytest.mark.parametrize("kind", MODELS)
def test_editors_take_the_examples_as_they_are(kind: str):
    """Each file by the schema of its kind."""
    (schema,) = (json.loads(text) for text in schemas().values() if json.loads(text)["$id"] == kind)
    names = {"suture.config/v1": CONFIG_FILE, "suture.shared/v1": SHARED_FILES[0]}
    rules = next(name for name in examples("yaml") if name.startswith(".github/suture/rules/"))

    jsonschema.validate(read_yaml(examples("yaml")[names.get(kind, rules)]).data, schema)


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
    assert f"{reading.MOST_FILES} rule files a layer, {MOST_RULES} rules" in text


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
