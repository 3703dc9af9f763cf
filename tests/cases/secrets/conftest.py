"""Laid into the repository under review: ends every test run in which a secret of the bot's can be read."""

import os
import re
import sys

SECRET = re.compile(b"[C]ANARY|[g]hs_[A-Za-z0-9._-]{20}|[B]EGIN [A-Z ]*PRIVATE KEY")  # not found in itself
SKIPPED = {"/usr", "/sys", "/proc", "/dev", "/tree", "/src", "/lib", "/lib64", "/bin", "/sbin", sys.prefix, sys.base_prefix}
LARGEST = 1 << 20


def places():
    yield from (
        f"/proc/{one}/{name}"
        for one in os.listdir("/proc")
        if one.isdigit()
        for name in ("environ", "cmdline")
    )
    for folder, below, names in os.walk("/"):
        below[:] = [one for one in below if os.path.join(folder, one) not in SKIPPED]
        yield from (os.path.join(folder, name) for name in names)


def readable(path):
    try:
        with open(path, "rb") as file:
            return file.read(LARGEST)
    except OSError:
        return b""


def found():
    own = "\0".join(f"{name}={value}" for name, value in os.environ.items()).encode()
    if SECRET.search(own):
        return "the environment"
    return next((path for path in places() if SECRET.search(readable(path))), "")


if place := found():
    os.write(2, f"a secret can be read in {place}\n".encode())
    os._exit(3)
