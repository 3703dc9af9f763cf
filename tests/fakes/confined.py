"""Runs a program under a container's profile of system calls, as a container runtime would: by libseccomp.

python -m tests.fakes.confined PROFILE PROGRAM [ARGUMENT …]
"""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path

import pyseccomp


def confine(profile: Path) -> None:
    """Put the profile on this process and all that it starts. Nothing of it can be taken back."""
    told = json.loads(profile.read_text())
    rules = pyseccomp.SyscallFilter(action(told["defaultAction"], told["defaultErrnoRet"]))
    for rule in told["syscalls"]:
        for name in rule["names"]:
            try:
                arguments = [
                    pyseccomp.Arg(one["index"], OPERATORS[one["op"]], one["value"])
                    for one in rule.get("args", [])
                ]
                rules.add_rule(action(rule["action"], rule.get("errnoRet", errno.EPERM)), name, *arguments)
            except (OSError, ValueError):  # a call of the other machine, or newer than this libseccomp
                continue
    rules.load()


OPERATORS = {"SCMP_CMP_EQ": pyseccomp.EQ}


def action(name: str, number: int) -> int:
    """libseccomp's number for an action."""
    return {"SCMP_ACT_ALLOW": pyseccomp.ALLOW, "SCMP_ACT_ERRNO": pyseccomp.ERRNO(number)}[name]


if __name__ == "__main__":
    confine(Path(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606  no shell is wanted
