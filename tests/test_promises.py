"""The house's promises: layers, sizes, docs, registration, and who may read the environment."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted(
    path
    for folder in ("bot", "webhooks")
    for path in (ROOT / folder).rglob("*.py")
    if "scenario" not in path.parts
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LONGEST_FUNCTION = 40
LONGEST_FILE = 300
SENTENCES = "bot/publish/texts.py"  # all of them in one file, however many there are


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def test_layers():
    """A step imports records and earlier steps only, and bot never imports webhooks."""
    lint = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_size(path: Path):
    """No file is longer than 300 lines, no function longer than 40."""
    assert name(path) == SENTENCES or len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert not long


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_module_says_what_it_is_for(path: Path):
    """Every module begins with a docstring of its own."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring
    assert len(docstring) > 10


def test_only_settings_read_the_environment():
    """`os.environ` and `getenv` stand in bot/settings.py alone; what runs in a sandbox runs elsewhere."""
    readers = {
        name(path)
        for path in SOURCES
        for node in nodes(path)
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"})
    }
    sandboxed = ("bot/regression/languages/_", "bot/environments/inside/")
    inside = {one for one in readers if one.startswith(sandboxed)}
    assert readers - inside == {"bot/settings.py"}


def test_broad_excepts_stand_at_the_two_edges_only():
    """Only the HTTP edge and the worker loop may catch everything."""
    broad = [
        name(path)
        for path in SOURCES
        for node in nodes(path)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in {"Exception", "BaseException"})
        and not name(path).startswith("bot/regression/languages/_")
    ]
    assert len(broad) <= 2, broad


def test_nothing_of_ours_is_patched_in_tests():
    """Tests fake the other side: no mocks, no replaced attributes."""
    words = re.compile(r"unittest\.mock|MagicMock|mocker|monkeypatch\.setattr\(")
    others = [path for path in TESTS if path != Path(__file__)]
    found = [name(path) for path in others if words.search(path.read_text(encoding="utf-8"))]
    assert not found


def test_no_drawer_for_everything():
    """A module has a name of its own: no utils, helpers, common or manager."""
    bad = re.compile(r"(^|_)(utils?|helpers?|common|misc|manager)(_|$)")
    assert [name(path) for path in SOURCES if bad.search(path.stem)] == []


def test_readme_commands_are_what_ci_runs():
    """The README's two commands stand in .ci/run to the letter."""
    commands = re.findall(r"^ {4}(sh deploy/setup\.sh.*)$", (ROOT / "README.md").read_text(), re.MULTILINE)
    ci = (ROOT / ".ci" / "run").read_text().splitlines()

    assert len(commands) == 2
    assert set(commands) <= set(ci)


def test_every_setting_is_in_the_readme():
    """A variable that bot/settings.py reads is explained in the README."""
    names = set(re.findall(r'"(SUTURE_[A-Z_]+)"', (ROOT / "bot" / "settings.py").read_text()))
    readme = (ROOT / "README.md").read_text()

    assert names
    assert [one for one in sorted(names) if one not in readme] == []


@pytest.mark.parametrize(
    ("package", "offers"),
    [
        ("bot.commands", "command"),
        ("bot.conversation.words", "carry_out"),
        ("webhooks.events", "handle"),
        ("bot.doctor.checks", "look"),
        ("bot.publish.outputs", "render"),
    ],
)
def test_registration_is_by_file(package: str, offers: str):
    """Each file of a growing folder offers the one thing that folder is for."""
    folder = importlib.import_module(package)
    modules = [one.name for one in pkgutil.iter_modules(folder.__path__)]

    missing = [one for one in modules if not hasattr(importlib.import_module(f"{package}.{one}"), offers)]

    assert modules
    assert missing == []


def test_schemas_are_json_schemas():
    """The published schemas are valid JSON Schema and named as the formats say."""
    jsonschema = pytest.importorskip("jsonschema")
    for path in sorted((ROOT / "bot").rglob("schema/*.json")):
        schema = json.loads(path.read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["$id"].replace("/", ".") == path.stem
