"""What is said of fixes that were put on a pull request's branch, or that somebody has to put there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from bot.forge.fixes import FixCommit
from bot.publish import neutral

MOST_PATCH = 50_000  # characters


def applied(branch: str, there: Sequence[FixCommit], left_out: Sequence[tuple[FixCommit, str]]) -> str:
    """Which fixes are on the branch and which are not, and why."""
    stand = [f"- [{_words(one)}]({one.url})" for one in there]
    others = [f"- {_words(one)}: {neutral.prose(why, 300)}" for one, why in left_out]
    parts = [
        _list(f"On {neutral.code(branch)}, each as proven by itself; the new head is reviewed:", stand),
        _list("Left out:", others),
    ]
    return "\n\n".join(part for part in parts if part)


def no_fix(head: str, finding: str) -> str:
    """That there is nothing to put on the branch."""
    of = f" of {neutral.code(finding)}" if finding else ""
    return (
        f"There is no proven fix{of} for `{head[:7]}`, the commit that the pull request is at. A fix is put "
        "only on the commit that it was proven on: wait for the review, or ask for one with `/suture review`."
    )


def git_apply(patches: Sequence[str]) -> str:
    """One command that applies all patches; at most as many as fit."""
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
    lead = (
        "The pull request's head is on a fork, to which Suture does not push. On its branch, this applies "
        "what was proven for the present commit; the regression tests are in the comments:"
    )
    return f"{lead}\n\n{neutral.fenced(script, 'sh', len(script))}{more}"


def _words(one: FixCommit) -> str:
    return f"{neutral.line(one.subject)} ({neutral.code(one.fingerprint[:8])})"


def _list(lead: str, lines: list[str]) -> str:
    return "\n".join([f"{lead}\n", *lines]) if lines else ""
