"""A small repository with a weakness, its fix and its regression test, for tests that really run them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bot.errors import SandboxUnavailable
from bot.sandbox.bubblewrap import open_sandbox

PAGES = '''"""Pages of the shop."""

from pathlib import Path


def find(root, name):
    """The file of a page."""
    return Path(root) / name


def title(name):
    return name.title()


def depth(tree):
    return 1 + depth(tree["inner"]) if "inner" in tree else 0
'''
FIXED = PAGES.replace(
    "    return Path(root) / name\n",
    "    place = (Path(root) / name).resolve()\n"
    "    if not place.is_relative_to(Path(root).resolve()):\n"
    '        raise ValueError("outside the pages")\n'
    "    return place\n",
)
EXISTING = (
    "from shop.pages import title\n\n\ndef test_title():\n    assert title('red shoes') == 'Red Shoes'\n"
)
FILES = {
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n',
    "src/shop/__init__.py": "",
    "src/shop/pages.py": PAGES,
    "tests/test_title.py": EXISTING,
}
TEST = '''"""Pages outside the root are refused."""

import pytest

from shop.pages import find


def test_page_outside_is_refused(tmp_path):
    with pytest.raises(ValueError):
        find(tmp_path, "../other")


def test_page_inside_is_found(tmp_path):
    assert find(tmp_path, "a.txt").name == "a.txt"
'''


def need_sandbox() -> None:
    """Skip, with the reason, where no sandbox can be had."""
    try:
        open_sandbox().check()
    except SandboxUnavailable as problem:
        pytest.skip(f"no sandbox here: {problem}")


def write_tree(place: Path, files: dict[str, str]) -> Path:
    """Write the files below a new folder."""
    for path, content in files.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(content)
    return place


def commit_tree(place: Path, files: dict[str, str]) -> Path:
    """A git repository with one commit of the files on branch main."""
    write_tree(place, files)
    name = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    for arguments in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "one")):
        subprocess.run(["git", "-C", str(place), *name, *arguments], check=True, capture_output=True)
    return place
