"""READ FIRST: one change on its way through the six steps.

    1 collect    pull request → hunks            bot.forge, bot.diff
    2 review     hunks → findings                bot.review
    3 reproduce  finding → red regression test   bot.regression, bot.sandbox
    4 fix        finding + red test → patch      bot.fix
    5 prove      head, patch, test → proof       bot.proof
    6 publish    outcome → comments, commits     bot.publish

A step hands on a frozen record (`bot.records`). `step` carries one out: the durable engine's keeps the
record, so that a killed worker goes on where it died (`bot.jobs`); the command line's simply calls. Findings
go through steps 3 to 5 side by side (`bot.chains`). The tests of earlier heads of the same pull request are
run again beside them: what is fixed is said, and what is still there is not forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.budget import Purse
from bot.chains import Chain, carry_through
from bot.conclude import Case, charged, conclude, failed, untried
from bot.config.read import read_config
from bot.errors import (
    EnvironmentUnavailable,
    ReviewerError,
    RunnerMissing,
    SandboxUnavailable,
    Superseded,
    SutureError,
)
from bot.fix.write import fix
from bot.forge import Forge
from bot.proof.prover import prove
from bot.proof.second import second_of
from bot.publish import Publisher
from bot.records import (
    Answer,
    Finding,
    FixAttempt,
    Judgement,
    Outcome,
    Proof,
    Rechecked,
    Reproduction,
    Review,
    Verdict,
)
from bot.regression.lab import Bench, Lab
from bot.regression.recheck import Memory, as_reproduction, recheck, to_keep
from bot.regression.reproduce import reproduce
from bot.review.exempt import exempt
from bot.review.panel import Panel
from bot.review.reviewers import Judge, Material
from bot.step import Step


@dataclass(frozen=True, slots=True)
class House:
    """Whom the pipeline works with: the change's origin, who reviews, where tests run, who tells people.

    The purse is the one that the panel pays from. Without a memory no test of an earlier head is run.
    """

    forge: Forge
    panel: Panel
    lab: Lab
    publisher: Publisher
    purse: Purse = field(default_factory=Purse)
    memory: Memory | None = None


def run(house: House, step: Step) -> Outcome:
    """Take one change through all six steps. A failure is published as such, once. Raises Superseded."""
    try:
        outcome = charged(_outcome(house, step), house.purse.spent())
        house.publisher.publish(outcome, step)
        if memory := house.memory:
            step("keep", lambda: memory.keep(to_keep(outcome.examined)))
    except Superseded as why:
        house.publisher.superseded(house.forge.named(), why)
        raise
    return outcome


def _outcome(house: House, step: Step) -> Outcome:
    try:
        return examine(house, step)
    except Superseded:
        raise
    except SutureError as error:
        return failed(house.forge.named(), error)


def examine(house: House, step: Step) -> Outcome:
    """Steps 1 to 5: what is to be said of the change."""
    change = step("collect", house.forge.collect)
    house.publisher.start(change, step)
    with house.forge.checkout(change) as tree, house.forge.base_tree(change) as base:
        material = Material(change, tree, base, config=read_config(base))
        review = step("review", lambda: house.panel.review(material))
        cases = examine_findings(review, material, house, step)
        rechecked = recheck_kept(cases, material, house, step)
        cases = with_still_there(cases, rechecked, material, house, step)
    return conclude(change, review, cases, material.config.problems, rechecked)


def examine_findings(review: Review, material: Material, house: House, step: Step) -> tuple[Case, ...]:
    """Steps 3 to 5 for all findings, side by side; without an environment or a sandbox none can be tried.

    Where one is not confirmed, its twin is tried: no reviewer can talk another's finding away.
    """
    cases = [case for one in review.findings if (case := without_runner(one, house.lab))]
    findings = [one for one in review.findings if one not in {case.finding for case in cases}]
    if not findings:
        return tuple(cases)
    try:
        bench = house.lab.bench(material.tree)
    except (EnvironmentUnavailable, SandboxUnavailable, RunnerMissing) as problem:
        return (*cases, *(untried(finding, problem) for finding in findings))
    first = [examine_finding(one, one.id, material, bench, house.panel) for one in findings]
    tried = carry_through(first, step)
    open_ends = {case.finding.id for case in tried if not case.is_confirmed}
    twins = [twin for key, twin in review.twins if key in open_ends]
    again = [examine_finding(one, f"{one.id} again", material, bench, house.panel) for one in twins]
    return (*cases, *tried, *carry_through(again, step))


def recheck_kept(
    cases: tuple[Case, ...], material: Material, house: House, step: Step
) -> tuple[Rechecked, ...]:
    """Run the tests of earlier heads whose findings this review has not confirmed, save the exempted."""
    if (memory := house.memory) is None:
        return ()
    confirmed = {case.finding.id for case in cases if case.is_confirmed}

    def act() -> tuple[Rechecked, ...]:
        kept = [one for one in memory.tests() if one.finding.id not in confirmed]
        asked = exempt(Review(tuple(one.finding for one in kept)), material.config).findings
        return recheck(tuple(one for one in kept if one.finding in asked), material.tree, house.lab)

    return step("recheck", act)


def with_still_there(
    cases: tuple[Case, ...], rechecked: tuple[Rechecked, ...], material: Material, house: House, step: Step
) -> tuple[Case, ...]:
    """The cases and those whose kept test is red: steps 4 and 5 for these, which cannot be lost in them."""
    red = {one.kept.finding.id: one for one in rechecked if one.answer is Answer.STILL_THERE}
    if not red:
        return cases
    rest = tuple(case for case in cases if case.finding.id not in red)
    try:
        bench = house.lab.bench(material.tree)
    except (EnvironmentUnavailable, SandboxUnavailable):
        return (*rest, *(Case(one.kept.finding, as_reproduction(one)) for one in red.values()))
    again = [
        examine_finding(
            one.kept.finding, f"{key} kept", material, bench, house.panel, known=as_reproduction(one)
        )
        for key, one in red.items()
    ]
    tried = carry_through(again, step)
    return (*rest, *(one if one.is_confirmed else Case(one.finding, one.red, one.fixed) for one in tried))


def without_runner(finding: Finding, lab: Lab) -> Case | None:
    """The case of a finding in a language that nobody can run here, so that no call is spent on it."""
    try:
        lab.need_runner(finding.path)
    except RunnerMissing as problem:
        return untried(finding, problem)
    return None


def examine_finding(
    finding: Finding,
    key: str,
    material: Material,
    bench: Bench,
    panel: Panel,
    known: Reproduction | None = None,
) -> Chain[Case]:
    """Steps 3 to 5 for one finding, as far as its runs carry it. `key` tells its steps from others'.

    A reproduction that is `known` is not made anew.
    """
    author = panel.author(finding)
    try:
        red: Reproduction = known or (
            yield f"reproduce {key}", lambda: reproduce(finding, material, author, bench)
        )
    except ReviewerError as problem:
        return untried(finding, problem)
    if (test := red.test) is None:
        return Case(finding, red)
    try:
        fixed: FixAttempt = yield f"fix {key}", lambda: fix(finding, test, material, author, bench)
    except ReviewerError as problem:
        fixed = FixAttempt(None, reason=str(problem))
    if (patch := fixed.patch) is None:
        return Case(finding, red, fixed)
    second = second_of(author, finding, material, bench)
    proof: Proof = yield f"prove {key}", lambda: prove(material.tree, patch, test, bench, finding, second)
    if proof.verdict is not Verdict.PROVEN or not isinstance(author, Judge):
        return Case(finding, red, fixed, proof)
    try:
        judged: Judgement = yield f"judge {key}", lambda: author.judge(finding, test, patch, material)
    except ReviewerError:
        judged = Judgement()  # the runs stand without a last look
    return Case(finding, red, fixed, proof, judged)
