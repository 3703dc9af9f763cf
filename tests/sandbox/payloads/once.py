"""Stands in for a bot that is a plain user: runs one command. Words: source, shown folder, command."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.sandbox import Command
from bot.sandbox.bubblewrap import Bubblewrap

if __name__ == "__main__":
    source, shown, *argv = sys.argv[1:]
    execution = Bubblewrap().run(Command(tuple(argv), Path(source), (Path(shown),)))
    print(execution.stdout.decode() or execution)
