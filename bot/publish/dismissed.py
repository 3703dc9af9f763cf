"""What is said of findings that somebody dismissed all at once."""

from __future__ import annotations

from collections.abc import Sequence

from bot.publish import neutral, replies
from bot.records import Finding


def by_button(gone: Sequence[Finding], waiting: Sequence[Finding]) -> str:
    """Which are left out from now on, which are not and why, and how to undo it."""
    parts = [
        _list("The next reviews of this pull request leave out, and list with who dismissed them:", gone),
        f"{_list('Not dismissed:', waiting)}\n\n{replies.NEEDS_ANOTHER}" if waiting else "",
        "`/suture undismiss` takes this back, with a finding's id that one alone.",
    ]
    return "\n\n".join(part for part in parts if part)


def _list(lead: str, findings: Sequence[Finding]) -> str:
    lines = [
        f"- {neutral.line(one.title)} in {neutral.code(f'{one.path}:{one.start_line}')} "
        f"({one.severity}, {neutral.code(one.id[:8])})"
        for one in findings
    ]
    return "\n".join([f"{lead}\n", *lines]) if lines else ""
