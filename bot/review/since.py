"""What of a change need not be looked at again: files that are as an earlier review of it settled them.

A file is settled when all of it was looked at, nothing in it stayed open and nothing was left out of the
report. One that any commit has touched since is reviewed as a whole, its other hunks too. What a settled file
calls may have changed with a push all the same: who reviews the touched file is shown who uses it, the kept
tests are run on every head, and whoever asks for a review gets one of everything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import replace

from bot import __version__
from bot.config import Config
from bot.records import Carried, Change, Outcome, Reviewed, Verdict


def rules_of(config: Config, reviewers: Collection[str]) -> str:
    """Stands for by whom and by what rules a change is reviewed; another one when either is."""
    return hashlib.sha256(repr((__version__, config, *reviewers)).encode()).hexdigest()


def reviewed(outcome: Outcome) -> Reviewed:
    """What the next head's review may build on. Not for an outcome that failed."""
    change = outcome.change
    open_ends = {one.path for one in outcome.not_reviewed if one.in_scope}
    open_ends |= {one.finding.path for one in outcome.examined if one.verdict is Verdict.UNPROVEN}
    open_ends |= {one.path for one in outcome.exempted}  # they are listed with their reasons each time
    settled = {file.path for file in change.files} - open_ends
    for one in outcome.declined:
        if not one.covered_by:
            settled -= {place.rpartition(":")[0] for place in one.hunks} if one.hunks else settled
    noted = tuple(one for one in outcome.not_reviewed if not one.in_scope and one.path in settled)
    return Reviewed(change.head_sha, change.base_sha, outcome.rules, tuple(sorted(settled)), noted)


def carried(
    earlier: Reviewed, change: Change, rules: str, touched: Collection[str] | None, dismissed: Collection[str]
) -> Carried | None:
    """What the earlier review settled and nothing has changed since; None when that is nothing.

    `touched` are the paths in which the heads differ, None when the later one is not on top of the earlier.
    `dismissed` are the paths of findings that somebody dismissed, which are listed each time.
    """
    if touched is None or (earlier.base_sha, earlier.rules) != (change.base_sha, rules):
        return None
    left = set(earlier.settled) - set(touched) - set(dismissed)
    paths = tuple(file.path for file in change.files if file.path in left)
    noted = tuple(one for one in earlier.noted if one.path in paths)
    return Carried(earlier.head_sha, paths, noted) if paths else None


def narrowed(change: Change, kept: Carried | None) -> Change:
    """The change with the files alone that have to be looked at."""
    if kept is None:
        return change
    return replace(change, files=tuple(one for one in change.files if one.path not in kept.paths))
