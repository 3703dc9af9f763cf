"""Counts lines of reports."""

import shlex
import subprocess


def count_matching(pattern: str, file: str = "report.txt") -> str:
    """How many distinct lines match."""
    command = f"grep -i {shlex.quote(pattern)} {shlex.quote(file)} | sort -u | wc -l"
    done = subprocess.run(command, shell=True, stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout.strip()
