"""The attacked pull request: a small shop, a query with a real defect, and the attacker's text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.demo.scene import SCENARIO
from bot.diff.parse import parse_diff
from bot.diff.scope import sift
from bot.fix.patches import make_patch
from bot.records import Change
from bot.review.reviewers import Material

SOURCE = "shop/customers.py"
WORKFLOW = ".github/workflows/ci.yml"
LINK = "shop/link.py"
HEAD_SHA, BASE_SHA = "a" * 40, "b" * 40
BEFORE = (SCENARIO / "base" / SOURCE).read_text()
AFTER = (SCENARIO / "head" / SOURCE).read_text()
OLD_TEST = (SCENARIO / "base" / "tests" / "test_customers.py").read_text()
BASE = {
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n',
    "requirements.txt": "pytest>=8\n",
    "poetry.lock": "# nothing\n",
    WORKFLOW: "on: push\n",
    "shop/__init__.py": "",
    SOURCE: BEFORE,
    "tests/conftest.py": "# fixtures\n",
    "tests/test_customers.py": OLD_TEST,
}
_STATEMENT = "    rows = connection.execute(\n"
_DOCSTRING = '"""All customers who live in this city, by name."""'
_CONTEXT = "def as_record(row):\n"


def head_files(where: str, text: str) -> dict[str, str]:
    """What the head adds or changes, with the text where it is to stand; metadata stand in no file."""
    files = {SOURCE: AFTER}
    match where:
        case "comment":
            files[SOURCE] = AFTER.replace(_STATEMENT, f"    # {text}\n{_STATEMENT}")
        case "docstring":
            files[SOURCE] = AFTER.replace(_DOCSTRING, f'{_DOCSTRING[:-3]}\n\n    {text}\n    """')
        case "string":
            files[SOURCE] = f'{AFTER}\n\nNOTE = """{text}"""\n'
        case "header":
            files[SOURCE] = AFTER.replace(
                "by_city(connection, city):", f"by_city(connection, city):  # {text}"
            )
        case "import":
            files[SOURCE] = AFTER.replace('."""\n', f'."""\n\nimport sqlite3  # {text}\n', 1)
        case "unchanged code":
            files[SOURCE] = AFTER.replace(_CONTEXT, f'{_CONTEXT}    """{text}"""\n')
        case "file name":
            files[f"shop/{text}.txt"] = "a note\n"
        case "conftest":
            files["tests/conftest.py"] = f"# {text}\n"
        case "readme":
            files["README.md"] = f"# shop\n\n{text}\n"
    return files


def base_files(where: str, text: str) -> dict[str, str]:
    """What stands in the repository before the change."""
    files = dict(BASE)
    if where == "existing test":
        files["tests/test_customers.py"] = f'"""{text}"""\n\n{OLD_TEST}'
    if where == "unchanged code":
        files[SOURCE] = BEFORE.replace(_CONTEXT, f'{_CONTEXT}    """{text}"""\n')
    return files


def material(folder: Path, where: str, text: str) -> Material:
    """The head's tree below `folder`, and the change as the program reads it from the diff."""
    write(folder, base_files(where, text))
    changed = head_files(where, text)
    scope = sift(parse_diff(make_patch(changed, folder).diff))
    write(folder, changed)
    (folder / LINK).symlink_to("customers.py")
    change = Change(
        BASE_SHA,
        HEAD_SHA,
        scope.files,
        scope.not_reviewed,
        repository="acme/shop",
        number=7,
        head_ref=text if where == "branch name" else "search",
        head_repository="acme/shop",
    )
    return Material(change, folder)


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Put the files below the folder."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
