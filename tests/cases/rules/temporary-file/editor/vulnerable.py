import os
from pathlib import Path
from tempfile import mktemp


class Draft:
    def __init__(self, title: str):
        self.title = title

    def save(self, text: str) -> int:
        name = mktemp(prefix="draft-")
        Path(name).write_text(self.title + "\n" + text)
        size = os.path.getsize(name)
        os.remove(name)
        return size
