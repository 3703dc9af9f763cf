"""Step 4: finding + red test → patch with which the test was seen green."""

from __future__ import annotations

from pathlib import Path

from bot.errors import InputError
from bot.fix.edits import apply_edits
from bot.fix.hunks import contents_with, hunks_of
from bot.fix.patches import apply_patch, examine_patch, make_patch
from bot.fix.trial import Trees, try_hunks
from bot.gates import collects, green, not_run, placement, refused
from bot.records import Finding, Fix, FixAttempt, Gate, Patch, Reason, RegressionTest, Run, Usage
from bot.regression.lab import Bench
from bot.regression.trees import read_file
from bot.regression.watch import new_ids, run_as_usual, run_test, with_test
from bot.review.reviewers import Feedback, Material, Reviewer

CANDIDATES = 3


def fix(
    finding: Finding, test: RegressionTest, material: Material, reviewer: Reviewer, bench: Bench
) -> FixAttempt:
    """Have the reviewer write a fix until the test is green with it, three times at most.

    The gates are those of the last candidate, the runs and the use those of all. Without a patch the answer
    says why.
    """
    feedback: tuple[Feedback, ...] = ()
    gates: tuple[Gate, ...] = ()
    runs: tuple[Run, ...] = ()
    usage = Usage()
    tried: set[tuple[object, ...]] = set()
    reason = f"{CANDIDATES} fixes were written, and the test is green with none"
    for _ in range(CANDIDATES):
        answer = reviewer.write_fix(finding, test, material, feedback)
        usage += answer.usage
        candidate = answer.value
        if candidate is None:
            return FixAttempt(None, gates, runs, usage, answer.declined, answer.reason)
        if candidate.edits in tried:
            reason = "the fix was written again as it was, and the test is not green with it"
            break
        tried.add(candidate.edits)
        patch, gates, seen = try_fix(candidate, test, material.tree, bench)
        runs += seen
        usage += Usage(sandbox_seconds=sum(run.seconds for run in seen))
        if patch is not None and all(gate.passed for gate in gates):
            return FixAttempt(patch, gates, runs, usage)
        output = seen[-1].output if seen else ""
        feedback += (Feedback(candidate, tuple(gate for gate in gates if not gate.passed), output),)
    return FixAttempt(None, gates, runs, usage, reason=reason)


def try_fix(
    candidate: Fix, test: RegressionTest, head: Path, bench: Bench
) -> tuple[Patch | None, tuple[Gate, ...], tuple[Run, ...]]:
    """Make a patch of the edits, apply it to a copy of the head with the test, and run the test.

    A green patch comes back without the hunks that no test needs.
    """
    patch = patch_from(candidate, head)
    if isinstance(patch, Gate):
        return None, (patch, not_run("G5", "there is no patch to try")), ()
    placed = placement.judge_patch(examine_patch(patch, head, bench.language))
    if not placed.passed:
        return patch, (placed, not_run("G5", "the patch is not one that may be applied")), ()
    usual = run_as_usual(test, head, bench)
    with with_test(test, head) as tree:
        apply_patch(patch, tree)
        run = run_test(test, "fixed", tree, bench, usual)
        ids = new_ids(run, usual)
        collected = collects.judge_one(run, ids)
        verdict = green.judge(run, ids) if collected.passed else collected
        if not verdict.passed:
            return patch, (placed, verdict), (run,)
        trees = Trees(head, tree, test, ids, (), usual)
        smaller, more = _without_idle(patch, trees, bench)
    return smaller, (placed, verdict), (run, *more)


def _without_idle(patch: Patch, trees: Trees, bench: Bench) -> tuple[Patch, tuple[Run, ...]]:
    """The patch without the hunks that no test misses, if all tests are still green; else as it is."""
    paths = examine_patch(patch, trees.head, bench.language).paths
    hunks = hunks_of(trees.head, trees.fixed, paths, bench.language)
    tried, runs = try_hunks(hunks, trees, bench)
    kept = tuple(
        hunk for hunk, one in zip(hunks, tried, strict=True) if one.has_part or one.unknown or one.is_neutral
    )
    if len(kept) == len(hunks) or not kept:
        return patch, runs
    contents = contents_with(kept, trees.head, trees.fixed, paths)
    with with_test(trees.test, trees.head) as tree:
        smaller = make_patch(contents, trees.head, patch.strategy)
        apply_patch(smaller, tree)
        run = run_test(trees.test, "fixed", tree, bench, trees.usual)
    return (smaller if green.judge(run, trees.ids).passed else patch), (*runs, run)


def patch_from(candidate: Fix, head: Path) -> Patch | Gate:
    """The patch that the edits make, or gate G1 with the reason why they make none."""

    def read(path: str) -> str | None:
        content = read_file(head, path)
        try:
            return None if content is None else content.decode()
        except UnicodeDecodeError as exc:
            raise InputError(f"{path} is not UTF-8, so it cannot be edited.") from exc

    try:
        contents = apply_edits(candidate.edits, read)
    except InputError as problem:
        return refused(placement.GATE, Reason.PATCH_NOT_TEXT, str(problem))
    return contents if isinstance(contents, Gate) else make_patch(contents, head, candidate.strategy)
