import pickle


class _Plain(pickle.Unpickler):
    def find_class(self, module, name):
        raise pickle.UnpicklingError("plain data only")


class Cache:
    """Values on disk, one file each."""

    def __init__(self, folder="."):
        self.folder = folder

    def load(self, path):
        with open(path, "rb") as handle:
            entry = _Plain(handle).load()
        return entry["value"]
