from pathlib import Path


class Attachments:
    def __init__(self, root: Path) -> None:
        self.root = root

    def load(self, name: str) -> bytes:
        path = self.root / name
        return path.read_bytes()

    def count(self) -> int:
        return len(list(self.root.iterdir()))
