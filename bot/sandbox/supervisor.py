"""The program that stands between bwrap and the payload inside the sandbox, and the report it sends out.

It is a shell script, so that the sandbox needs nothing but the system's own tools. Its shell is a copy that
nobody may read: the kernel then lets no process of the same user look into it, write to its memory or take
its descriptors. And it is the first process of its pid namespace, which no signal from inside can end or
stop. So the payload can neither forge the report nor suppress it; it can only use up the time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SHELL = "/.supervisor"
GO = b"go\n"
MOST_WRITTEN = 64 * 1024  # bytes of the list of written paths
MOST_PATHS = 1000
CACHES = ("__pycache__", ".pytest_cache", "*.pyc")
FAILED = 125  # exit code of a supervisor that could not begin

# Descriptor 0 is a socket to the bot: the go comes in, the report goes out. The payload never holds it.
# End of file is no go: a bot that died before it set the limits must not leave a payload running.
# The report is "R" once the copy is made, then the list of written paths up to a NUL (no path holds one),
# then "F" and the result if there is a result file. A link, a pipe or a device in its place is read inside
# the sandbox, where it leads nowhere, and never past its cap.
# Waiting for /bin/true, the shell also reaps what it inherited: the loop ends when nothing else is left, not
# even a zombie.
SCRIPT = r"""
result=$1 most=$2 most_written=$3; shift 3
exec 3<&0 0</dev/null
read -r word <&3 && [ "$word" = go ] || exit 125
cp -dR --preserve=mode,timestamps,links /src/. /tree/ || exit 125
printf R >&3
cd /tree
"$@" 3>&-
code=$?
while kill -9 -1; do /bin/true 3>&-; done 2>/dev/null
cd /
diff -rq --no-dereference EXCLUDED /src /tree 2>&1 | head -c "$most_written" >&3
printf '\000' >&3
if [ -f "$result" ]; then printf F >&3; head -c "$most" "$result" >&3; fi
exit $code
""".replace("EXCLUDED", " ".join(f"-x '{name}'" for name in CACHES))


@dataclass(frozen=True, slots=True)
class Report:
    """What the supervisor said. `complete` is false when it was killed before its list of paths ended."""

    ready: bool
    complete: bool
    written: tuple[str, ...] = ()
    result: bytes | None = None


LINES = (
    re.compile(r"Only in /(?:src|tree)(?P<folder>/.*)?: (?P<name>.*)"),
    re.compile(r"(?:Files|Symbolic links) /src/(?P<path>.*) and /tree/(?P=path) differ"),
    re.compile(r"File /src/(?P<path>.*) is an? .* while file /tree/(?P=path) is an? .*"),
    re.compile(r"diff: /tree/(?P<path>.*): [^:]*"),
)


def _path(line: str) -> str:
    """The path that a line of `diff -rq` is about; the line itself where that is unclear, never nothing."""
    for pattern in LINES:
        if match := pattern.fullmatch(line):
            found = match.groupdict()
            if "path" in found:
                return str(found["path"])
            folder = (found["folder"] or "").strip("/")
            return f"{folder}/{found['name']}" if folder else str(found["name"])
    return line


def parse_report(sent: bytes) -> Report:
    """Read what came through the channel, whole or cut off."""
    if not sent.startswith(b"R"):
        return Report(ready=False, complete=False)
    listed, end, rest = sent[1:].partition(b"\0")
    lines = listed.decode(errors="replace").splitlines()
    paths = tuple(sorted({_path(line) for line in lines if line}))[:MOST_PATHS]
    return Report(
        ready=True,
        complete=bool(end),
        written=paths if end else (),
        result=rest[1:] if rest.startswith(b"F") else None,
    )
