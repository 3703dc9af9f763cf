"""A program of its own: parses what it reads, within limits; its end says whether that can be done safely.

It ends with 0 also for a syntax error, which is an answer too.
"""

from __future__ import annotations

import contextlib
import resource
import sys
import threading

import libcst as cst

CPU_SECONDS = 3
MEMORY = 768 << 20


def main() -> None:
    """Parse standard input with the stack that the first argument names, in bytes."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    text = sys.stdin.buffer.read().decode()
    done: list[bool] = []

    def work() -> None:
        with contextlib.suppress(cst.ParserSyntaxError, RecursionError):
            cst.parse_module(text)
        done.append(True)

    threading.stack_size(int(sys.argv[1]))
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    sys.exit(0 if done else 1)


if __name__ == "__main__":
    main()
