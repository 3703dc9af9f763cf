import pickle


class Cache:
    """Values on disk, one file each."""

    def __init__(self, folder="."):
        self.folder = folder

    def load(self, path):
        with open(path, "rb") as handle:
            entry = pickle.load(handle)
        return entry["value"]
