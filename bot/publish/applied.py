"""What is said of fixes that were put on a pull request's branch, or that somebody has to put there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from bot.forge.fixes import FixCommit
from bot.publish import neutral

MOST_PATCH = 50_000  # characters


def applied(
    branch: str,
    there: Sequence[FixCommit],
    left_out: Sequence[tuple[FixCommit, str]],
    refused: Sequence[tuple[FixCommit, str]],
    by_hand: Sequence[str],
) -> str:
    """Which fixes are on the branch and which are not, and why; a command for those that GitHub refused."""
    stand = [f"- [{_words(one)}]({one.url})" for one in there]
    others = [f"- {_words(one)}: {neutral.prose(why, 300)}" for one, why in (*left_out, *refused)]
    parts = [
        _list(f"On {neutral.code(branch)}, each as proven by itself; the new head is reviewed:", stand),
        _list("Left out:", others),
        git_apply(by_hand, "What GitHub refused you may put there yourself."),
    ]
    return "\n\n".join(part for part in parts if part)


def git_apply(patches: Sequence[str], lead: str) -> str:
    """One command that applies all patches; at most as many as fit. Empty for none."""
    if not patches:
        return ""
    kept: list[str] = []
    for one in patches:
        if sum(map(len, kept)) + len(one) <= MOST_PATCH:
            kept.append(one if one.endswith("\n") else f"{one}\n")
    patch = "".join(kept)
    # The end's name holds the patch's own digest, so no line of the patch can be it.
    end = f"SUTURE_{hashlib.sha256(patch.encode()).hexdigest()[:16]}"
    script = f"git apply <<'{end}'\n{patch}{end}"
    missing = len(patches) - len(kept)
    more = f"\n\n{missing} more did not fit here; their comments have them." if missing else ""
    what = (
        "On its branch, this applies what was proven for the present commit; the regression tests are in the "
        "comments:"
    )
    return f"{lead} {what}\n\n{neutral.fenced(script, 'sh', len(script))}{more}"


def _words(one: FixCommit) -> str:
    return f"{neutral.line(one.subject)} ({neutral.code(one.fingerprint[:8])})"


def _list(lead: str, lines: list[str]) -> str:
    return "\n".join([f"{lead}\n", *lines]) if lines else ""
