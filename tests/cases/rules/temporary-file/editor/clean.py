import os
from pathlib import Path
from tempfile import mkstemp


class Draft:
    def __init__(self, title: str):
        self.title = title

    def save(self, text: str) -> int:
        handle, name = mkstemp(prefix="draft-")
        os.close(handle)
        Path(name).write_text(self.title + "\n" + text)
        size = os.path.getsize(name)
        os.remove(name)
        return size
