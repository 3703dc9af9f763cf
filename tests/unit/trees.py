"""Small trees for tests."""

from __future__ import annotations

from pathlib import Path


def plant(tree: Path, files: dict[str, str]) -> Path:
    """A tree that every user may read: as root, the sandbox becomes one that owns nothing."""
    tree.mkdir(parents=True, exist_ok=True)
    tree.chmod(0o755)
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    return tree
