import os
from pathlib import Path

FOLDER = Path(os.environ.get("CACHEBOX", "/tmp/cachebox"))


def forget(key: str) -> None:
    """Remove one entry, if it is there."""
    entry = FOLDER.joinpath(key)
    if entry.exists():
        entry.unlink()
