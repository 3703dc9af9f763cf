import subprocess


class Repository:
    def __init__(self, folder="."):
        self.folder = folder

    def clone(self, url):
        command = ["git", "clone", "--depth", "1", url, "checkout"]
        return subprocess.run(command, cwd=self.folder, check=True)
