"""Which findings go through steps 3 to 5, and in which rounds (`bot.pipeline` has the steps of one).

First all of a review's; then the twins of those that were not confirmed; then those of earlier heads whose
kept test is red on this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class Rounds:
    """The rounds of one change: what they are about, how a finding goes through steps 3 to 5, and where.

    Without a memory no test of an earlier head is run.
    """

    material: Material
    chains: Chains
    lab: Lab
    step: Step
    memory: Memory | None = None
    dismissals: Callable[[], tuple[Dismissal, ...]] = tuple

    def examined(self, review: Review) -> tuple[Case, ...]:
        """All findings, side by side; without an environment or a sandbox none can be tried.

        Where one is not confirmed, its twin is tried: no reviewer can talk another's finding away.
        """
        cases = [case for one in review.findings if (case := without_runner(one, self.lab))]
        findings = [one for one in review.findings if one not in {case.finding for case in cases}]
        if not findings:
            return tuple(cases)
        try:
            bench = self.lab.bench(self.material.tree)
        except (EnvironmentUnavailable, SandboxUnavailable, RunnerMissing) as problem:
            return (*cases, *(untried(finding, problem) for finding in findings))
        first = [self.chains(one, one.id, bench) for one in findings]
        tried = carry_through(first, self.step)
        open_ends = {case.finding.id for case in tried if not case.is_confirmed}
        twins = [twin for key, twin in review.twins if key in open_ends]
        again = [self.chains(one, f"{one.id} again", bench) for one in twins]
        return (*cases, *tried, *carry_through(again, self.step))

    def rechecked(self, cases: tuple[Case, ...]) -> tuple[Rechecked, ...]:
        """What the tests of earlier heads say whose findings this review has not confirmed.

        Not of those that the repository exempts or somebody dismissed.
        """
        if (memory := self.memory) is None:
            return ()
        confirmed = {case.finding.id for case in cases if case.is_confirmed}

        def act() -> tuple[Rechecked, ...]:
            kept = [one for one in memory.tests() if one.finding.id not in confirmed]
            told = exempt(Review(tuple(one.finding for one in kept)), self.material.config)
            asked = without_dismissed(told, self.dismissals()).findings
            tests = tuple(one for one in kept if one.finding in asked)
            return recheck(tests, self.material.tree, self.lab, self.material.change.paths)

        return self.step("recheck", act)

    def under_old_names(self, cases: tuple[Case, ...], rechecked: tuple[Rechecked, ...]) -> tuple[Case, ...]:
        """The cases; one found anew since its code was edited goes on under the name that it had."""
        proven = [(case.finding, patch) for case in cases if (patch := case.proven_patch)]
        red = _red(rechecked)
        if (memory := self.memory) is None or not red or not proven:
            return cases

        def act() -> tuple[tuple[str, str], ...]:
            known = {one.finding.id for one in memory.tests()}
            new = [(finding, patch) for finding, patch in proven if finding.id not in known]
            tree = self.material.tree
            return same_defects(red, new, tree, self.lab.bench(tree)) if new else ()

        try:
            names = dict(self.step("same", act))
        except (EnvironmentUnavailable, SandboxUnavailable):
            return cases
        return tuple(replace(one, finding=_named(one.finding, names)) for one in cases)

    def with_still_there(self, cases: tuple[Case, ...], rechecked: tuple[Rechecked, ...]) -> tuple[Case, ...]:
        """The cases and those whose kept test is red: steps 4 and 5, in which these cannot be lost."""
        confirmed = {case.finding.id for case in cases if case.is_confirmed}
        red = {one.kept.finding.id: one for one in _red(rechecked) if one.kept.finding.id not in confirmed}
        if not red:
            return cases
        rest = tuple(case for case in cases if case.finding.id not in red)
        try:
            bench = self.lab.bench(self.material.tree)
        except (EnvironmentUnavailable, SandboxUnavailable):
            return (*rest, *(Case(one.kept.finding, as_reproduction(one)) for one in red.values()))
        again = [
            self.chains(one.kept.finding, f"{key} kept", bench, as_reproduction(one))
            for key, one in red.items()
        ]
        tried = carry_through(again, self.step)
        return (*rest, *(one if one.is_confirmed else Case(one.finding, one.red, one.fixed) for one in tried))


def _named(finding: Finding, names: Mapping[str, str]) -> Finding:
    return replace(finding, id=names.get(finding.id, finding.id))


def _red(rechecked: tuple[Rechecked, ...]) -> tuple[Rechecked, ...]:
    return tuple(one for one in rechecked if one.answer is Answer.STILL_THERE)


def without_runner(finding: Finding, lab: Lab) -> Case | None:
    """The case of a finding in a language that nobody can run here, so that no call is spent on it."""
    try:
        lab.need_runner(finding.path)
    except RunnerMissing as problem:
        return untried(finding, problem)
    return None
