import os


class Settings:
    def __init__(self, prefix: str = "KIOSK_"):
        self.prefix = prefix
        self.values = {}

    def set(self, name: str, value: str) -> None:
        """Take a value as it is written on the command line."""
        self.values[self.prefix + name] = eval(value)

    def home(self):
        return os.path.expanduser("~")
