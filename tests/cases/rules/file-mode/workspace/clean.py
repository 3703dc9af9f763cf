from pathlib import Path


class Workspace:
    """Where a job works."""

    def __init__(self, root: Path):
        self.root = Path(root)

    def prepare(self, job: str) -> Path:
        folder = self.root / job
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        return folder
