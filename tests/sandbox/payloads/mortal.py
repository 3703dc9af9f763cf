"""Stands in for the bot in tests that kill it. Words: source, shell script, mark, cgroup or no-cgroup."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.sandbox import Command
from bot.sandbox.bubblewrap import Bubblewrap

if __name__ == "__main__":
    source, script, mark, cgroup = sys.argv[1:]
    sandbox = Bubblewrap(use_cgroup=cgroup == "cgroup", proc=True)
    sandbox.check()
    print("ready", flush=True)
    while True:
        sandbox.run(Command(("/bin/sh", "-c", script, mark), Path(source)))
