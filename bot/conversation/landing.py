"""Proven fixes onto a pull request's branch: only on the commit they were proven on, or on ours on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.diff.off_limits import why_off_limits
from bot.errors import ForgeError, ForgeUnavailable
from bot.forge.answers import Pull
from bot.forge.fixes import FixCommit, Fixes

MOST = 25  # commits of ours on top of each other
AGAIN = "The new head is reviewed, and what is still wrong gets a fix of its own."


@dataclass(frozen=True, slots=True)
class Landed:
    """What stands on the branch, what was left out and why, and what GitHub did not take."""

    there: tuple[FixCommit, ...] = ()
    left_out: tuple[tuple[FixCommit, str], ...] = ()
    refused: tuple[tuple[FixCommit, str], ...] = ()


def land(fixes: Fixes, pull: Pull, number: int, finding: str) -> Landed:
    """Put the fixes (of the finding whose id begins so) on the head, one commit each.

    May be done twice: what is there stays. A fix that writes a file which another has written is left out:
    together no run has proven them. Raises ForgeError.
    """
    ours, bottom = _ours(fixes, pull.head_sha)
    heads = [one.sha for one in ours] + [bottom]
    candidates = [one for one in _candidates(fixes, number, heads) if one.fingerprint.startswith(finding)]
    there = [one for one in ours if one.fingerprint.startswith(finding)]
    known = {one.fingerprint for one in ours}
    left_out: list[tuple[FixCommit, str]] = []
    refused: list[tuple[FixCommit, str]] = []
    tip, written = pull.head_sha, list(ours)
    for fix in candidates:
        if fix.fingerprint in known:
            continue
        if why := _why_not(fix, written, heads):
            left_out.append((fix, why))
            continue
        made = _put(fixes, _as_for(pull, fix), pull.head_ref, tip)
        if isinstance(made, str):
            refused.append((fix, made))
            continue
        tip = made.sha
        written.insert(0, made)
        there.append(made)
    return Landed(tuple(there), tuple(left_out), tuple(refused))


def _as_for(pull: Pull, fix: FixCommit) -> FixCommit:
    """Dependabot stops updating a branch with commits of others, unless they ask it not to mind them."""
    is_dependabots = pull.author == "dependabot[bot]"
    return replace(fix, body=f"[dependabot skip]\n\n{fix.body}") if is_dependabots else fix


def _put(fixes: Fixes, fix: FixCommit, branch: str, tip: str) -> FixCommit | str:
    """The commit on the branch, or why GitHub does not take it."""
    try:
        return fixes.put(fix, branch, tip)
    except ForgeUnavailable:
        raise
    except ForgeError as error:
        return str(error)


def _ours(fixes: Fixes, head: str) -> tuple[list[FixCommit], str]:
    """Our commits on top of the branch, the newest first, and the commit below them."""
    ours: list[FixCommit] = []
    while len(ours) < MOST and (one := fixes.read(head)) is not None:
        ours.append(one)
        head = one.parent
    return ours, head


def _candidates(fixes: Fixes, number: int, heads: Sequence[str]) -> list[FixCommit]:
    """The fix commits whose parent is one of these heads, one a finding: that on the newest."""
    ends = tuple(f"-{head[:7]}" for head in heads)
    tips = [tip for name, tip in sorted(fixes.branches(number).items()) if name.endswith(ends)]
    read = [fixes.read(tip) for tip in tips]
    found = [one for one in read if one is not None and one.parent in heads]
    found.sort(key=lambda one: heads.index(one.parent))
    return list({one.fingerprint: one for one in reversed(found)}.values())[::-1]


def _why_not(fix: FixCommit, written: Sequence[FixCommit], heads: Sequence[str]) -> str:
    """Why this fix is left out; empty when it is not. `written` begins with the newest commit."""
    paths = {path for path, _ in fix.files}
    for path in sorted(paths):
        if reason := why_off_limits(path):
            return f"{path} {reason}."
    later = written[: len(written) - (len(heads) - 1 - heads.index(fix.parent))]
    touched = {path for one in later for path, _ in one.files}
    return f"{min(paths & touched)} was written since by another fix. {AGAIN}" if paths & touched else ""
