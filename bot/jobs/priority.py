"""Which of an installation's waiting jobs comes next: each has a time at which it is due, and the first wins.

A person's wish is due at once, a push an hour after it came and one second later for each line that it
changes, an hour at most. So a person goes before the pushes of the last hour, a small change before a large
one, and nothing waits for ever: what comes later is due later.
"""

from __future__ import annotations

import time

WISH = 0  # seconds
_PUSH = 3_600
_MOST_LINES = 3_600
_BEGIN = 1_767_225_600  # the engine's priorities have 31 bits: seconds since 2026


def of_push(lines: int) -> int:
    """Seconds after which a push of so many changed lines is due. Its author chooses them."""
    return _PUSH + max(0, min(lines, _MOST_LINES))


def place(seconds: int) -> int:
    """The engine's priority of what is due in so many seconds."""
    return max(1, int(time.time()) - _BEGIN + seconds)
