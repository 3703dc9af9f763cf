"""Whether a finding is one of an earlier head, its code edited since: the fix of one mends the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from bot.fix.patches import apply_patch
from bot.records import Answer, Finding, KeptTest, Patch, Rechecked
from bot.regression.lab import Bench
from bot.regression.recheck import judge
from bot.regression.trees import scratch_copy, write_file
from bot.regression.watch import run_test


def same_defects(
    red: Iterable[Rechecked], proven: Sequence[tuple[Finding, Patch]], tree: Path, bench: Bench
) -> tuple[tuple[str, str], ...]:
    """(id now, id then) of findings in the same file and class; no id stands in two pairs.

    They are the same when the new one's fix makes the red test of the old one pass.
    """
    found: dict[str, str] = {}
    for one in red:
        then = one.kept.finding
        for now, patch in proven:
            is_near = (now.path, now.cwe) == (then.path, then.cwe)
            if is_near and now.id not in found and _mends(patch, one.kept, tree, bench):
                found[now.id] = then.id
                break
    return tuple(found.items())


def _mends(patch: Patch, kept: KeptTest, tree: Path, bench: Bench) -> bool:
    with scratch_copy(tree) as fixed:
        apply_patch(patch, fixed)
        write_file(fixed, kept.test.path, kept.test.content)
        answer, _ = judge(kept, run_test(kept.test, "fixed", fixed, bench, None))
    return answer is Answer.FIXED
