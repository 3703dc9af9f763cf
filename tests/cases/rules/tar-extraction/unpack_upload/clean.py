import tarfile
from pathlib import Path


def unpack(archive: Path, target: Path) -> None:
    """Unpack a plugin."""
    with tarfile.open(archive) as tar:
        tar.extractall(target, filter="tar")
