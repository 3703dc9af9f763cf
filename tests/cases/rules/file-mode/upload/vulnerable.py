import os


def store(path: str, data: bytes) -> None:
    """Keep an upload."""
    with open(path, "wb") as handle:
        handle.write(data)
    os.chmod(path, 0o666)
