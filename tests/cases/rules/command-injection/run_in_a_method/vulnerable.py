import subprocess


class Repository:
    def __init__(self, folder="."):
        self.folder = folder

    def clone(self, url):
        command = "git clone --depth 1 %s checkout" % url
        return subprocess.run(command, shell=True, cwd=self.folder, check=True)
