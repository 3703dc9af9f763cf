"""Which findings go through steps 3 to 5, and in which rounds (`bot.pipeline` has the steps of one).

First all of a review's; then the twins of those that were not confirmed; then those of earlier heads whose
kept test is red on this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from bot.chains import Chain, carry_through
from bot.conclude import Case, untried
from bot.errors import EnvironmentUnavailable, RunnerMissing, SandboxUnavailable
from bot.proof.same import same_defects
from bot.records import Answer, Dismissal, Finding, Rechecked, Reproduction, Review
from bot.regression.lab import Bench, Lab
from bot.regression.recheck import Memory, as_reproduction, recheck
from bot.review.dismissed import without_dismissed
from bot.review.exempt import exempt
from bot.review.reviewers import Material
from bot.step import Step


class Chains(Protocol):
    """Makes the chain of steps 3 to 5 for one finding."""

    def __call__(
        self, finding: Finding, key: str, bench: Bench, known: Reproduction | None = None
    ) -> Chain[Case]: ...


def examine_findings(review: Review, chains: Chains, tree: Path, lab: Lab, step: Step) -> tuple[Case, ...]:
    """Steps 3 to 5 for all findings, side by side; without an environment or a sandbox none can be tried.

    Where one is not confirmed, its twin is tried: no reviewer can talk another's finding away.
    """
    cases = [case for one in review.findings if (case := without_runner(one, lab))]
    findings = [one for one in review.findings if one not in {case.finding for case in cases}]
    if not findings:
        return tuple(cases)
    try:
        bench = lab.bench(tree)
    except (EnvironmentUnavailable, SandboxUnavailable, RunnerMissing) as problem:
        return (*cases, *(untried(finding, problem) for finding in findings))
    first = [chains(one, one.id, bench) for one in findings]
    tried = carry_through(first, step)
    open_ends = {case.finding.id for case in tried if not case.is_confirmed}
    twins = [twin for key, twin in review.twins if key in open_ends]
    again = [chains(one, f"{one.id} again", bench) for one in twins]
    return (*cases, *tried, *carry_through(again, step))


def recheck_kept(
    cases: tuple[Case, ...],
    material: Material,
    lab: Lab,
    memory: Memory | None,
    step: Step,
    dismissals: Callable[[], tuple[Dismissal, ...]] = tuple,
) -> tuple[Rechecked, ...]:
    """Run the tests of earlier heads whose findings this review has not confirmed.

    Not of those that the repository exempts or somebody dismissed.
    """
    if memory is None:
        return ()
    confirmed = {case.finding.id for case in cases if case.is_confirmed}

    def act() -> tuple[Rechecked, ...]:
        kept = [one for one in memory.tests() if one.finding.id not in confirmed]
        told = exempt(Review(tuple(one.finding for one in kept)), material.config)
        asked = without_dismissed(told, dismissals()).findings
        return recheck(tuple(one for one in kept if one.finding in asked), material.tree, lab)

    return step("recheck", act)


def under_old_names(
    cases: tuple[Case, ...],
    rechecked: tuple[Rechecked, ...],
    tree: Path,
    lab: Lab,
    memory: Memory | None,
    step: Step,
) -> tuple[Case, ...]:
    """The cases; one that was found anew since its code was edited goes on under the name that it had."""
    proven = [(case.finding, patch) for case in cases if (patch := case.proven_patch)]
    red = _red(rechecked)
    if memory is None or not red or not proven:
        return cases

    def act() -> tuple[tuple[str, str], ...]:
        known = {one.finding.id for one in memory.tests()}
        new = [(finding, patch) for finding, patch in proven if finding.id not in known]
        return same_defects(red, new, tree, lab.bench(tree)) if new else ()

    try:
        names = dict(step("same", act))
    except (EnvironmentUnavailable, SandboxUnavailable):
        return cases
    return tuple(replace(one, finding=_named(one.finding, names)) for one in cases)


def _named(finding: Finding, names: Mapping[str, str]) -> Finding:
    return replace(finding, id=names.get(finding.id, finding.id))


def _red(rechecked: tuple[Rechecked, ...]) -> tuple[Rechecked, ...]:
    return tuple(one for one in rechecked if one.answer is Answer.STILL_THERE)


def with_still_there(
    cases: tuple[Case, ...],
    rechecked: tuple[Rechecked, ...],
    chains: Chains,
    tree: Path,
    lab: Lab,
    step: Step,
) -> tuple[Case, ...]:
    """The cases and those whose kept test is red: steps 4 and 5 for these, which cannot be lost in them."""
    confirmed = {case.finding.id for case in cases if case.is_confirmed}
    red = {one.kept.finding.id: one for one in _red(rechecked) if one.kept.finding.id not in confirmed}
    if not red:
        return cases
    rest = tuple(case for case in cases if case.finding.id not in red)
    try:
        bench = lab.bench(tree)
    except (EnvironmentUnavailable, SandboxUnavailable):
        return (*rest, *(Case(one.kept.finding, as_reproduction(one)) for one in red.values()))
    again = [chains(one.kept.finding, f"{key} kept", bench, as_reproduction(one)) for key, one in red.items()]
    tried = carry_through(again, step)
    return (*rest, *(one if one.is_confirmed else Case(one.finding, one.red, one.fixed) for one in tried))


def without_runner(finding: Finding, lab: Lab) -> Case | None:
    """The case of a finding in a language that nobody can run here, so that no call is spent on it."""
    try:
        lab.need_runner(finding.path)
    except RunnerMissing as problem:
        return untried(finding, problem)
    return None
