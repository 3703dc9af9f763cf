"""What a configuration asks of publishing."""

from __future__ import annotations

from dataclasses import dataclass

from bot.records.findings import Severity

MOST_INLINE = 25  # GitHub was seen to post only some of 71


@dataclass(frozen=True, slots=True)
class Policy:
    """How much of an outcome is said where."""

    comment_from: Severity = Severity.LOW  # below it nothing is said on the diff
    fail_from: Severity | None = None  # from it on the check run fails; None when it only advises
    inline_comments: int = MOST_INLINE  # of one review
