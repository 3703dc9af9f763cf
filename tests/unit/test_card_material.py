"""What a repository's card is made from."""

from __future__ import annotations

from pathlib import Path

from bot.review.claude.card import MOST_PATHS, material_of


def _files(base: Path, **texts: str) -> Path:
    for path, text in texts.items():
        (base / path).parent.mkdir(parents=True, exist_ok=True)
        (base / path).write_text(text)
    return base


def test_what_speaks_of_input_and_guards_is_outlined_before_the_rest(tmp_path: Path) -> None:
    """Files named so, then the largest; neither tests nor examples."""
    many = {f"shop/m{number}.py": "def f(): ...\n" * (number + 2) for number in range(20)}
    more = {"shop/session.py": "def load(): ...\n", "examples/auth.py": "def a(): ...\n"}
    told = material_of(_files(tmp_path, **many, **more))

    titles = [line for line in told.splitlines() if line.startswith("=== outline")]
    assert titles[0] == "=== outline of shop/session.py"
    assert titles[1] == "=== outline of shop/m19.py"
    assert not any("examples" in title for title in titles)
    assert "1: def load()" in told


def test_a_large_repository_is_listed_by_folders(tmp_path: Path) -> None:
    """With how many files each holds, and where fixtures are shared."""
    many = {f"shop/a/b/c/f{number}.txt": "x" for number in range(MOST_PATHS + 50)}
    told = material_of(_files(tmp_path, **many, **{"tests/unit/conftest.py": "x", "setup.py": "x"}))

    assert f"shop/a/b/ ({MOST_PATHS + 50} files)" in told
    assert "tests/unit/conftest.py" in told
    assert "f17.txt" not in told
