"""Output: one pull request into the head's branch with all fixes that are proven on that head."""

from __future__ import annotations

from collections.abc import Iterable

from bot.forge.markers import is_stack, stack_name
from bot.forge.writes import CommitFix, DropStack, PullState, StackFixes
from bot.publish import neutral, texts
from bot.records import FixDelivery, Outcome

MOST = 25  # commits


def render(
    outcome: Outcome, state: PullState, number: int, commits: Iterable[CommitFix]
) -> tuple[DropStack | StackFixes, ...]:
    """That of this head, if it is wanted and has something; those of other heads are taken away."""
    change = outcome.change
    wanted = outcome.fix_delivery is FixDelivery.STACKED and not state.lacks
    kept = _apart(commits) if wanted else ()
    name = stack_name(number, change.head_sha) if kept else ""
    why = texts.stack_over(change.head_sha)
    old = [there for there, _ in state.fix_branches if is_stack(there) and there != name]
    drops = () if state.lacks else tuple(DropStack(there, why) for there in old)
    if not kept:
        return drops
    listed = [f"- {neutral.line(one.subject)} ({neutral.code(one.fingerprint[:8])})" for one in kept]
    title, body = texts.stack_title(number), texts.stack_body(number, change.head_sha, "\n".join(listed))
    return (*drops, StackFixes(name, change.head_sha, change.head_ref, title, body, kept))


def link(stacks: Iterable[DropStack | StackFixes], web: str) -> str:
    """Where the pull request is found; empty when there is none."""
    return "".join(texts.stack_there(web, one.branch) for one in stacks if isinstance(one, StackFixes))


def _apart(commits: Iterable[CommitFix]) -> tuple[CommitFix, ...]:
    """Those that write no file that one before them does: together no run has proven such."""
    kept: list[CommitFix] = []
    written: set[str] = set()
    for one in commits:
        paths = {file.path for file in one.files}
        if not paths & written and len(kept) < MOST:
            kept.append(one)
            written |= paths
    return tuple(kept)
