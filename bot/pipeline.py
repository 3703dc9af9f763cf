"""READ FIRST: one change on its way through the six steps.

    1 collect    pull request → hunks            bot.forge, bot.diff
    2 review     hunks → findings                bot.review
    3 reproduce  finding → red regression test   bot.regression, bot.sandbox
    4 fix        finding + red test → patch      bot.fix
    5 prove      head, patch, test → proof       bot.proof
    6 publish    outcome → comments, commits     bot.publish

A step hands on a frozen record (`bot.records`). `step` carries one out: the durable engine's keeps the
record, so that a killed worker goes on where it died (`bot.jobs`); the command line's simply calls. Findings
go through steps 3 to 5 side by side (`bot.chains`).
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
from bot.records import Finding, FixAttempt, Judgement, Outcome, Proof, Reproduction, Review, Verdict
from bot.regression.lab import Bench, Lab
from bot.regression.reproduce import reproduce
from bot.review.panel import Panel
from bot.review.reviewers import Judge, Material
from bot.step import Step


@dataclass(frozen=True, slots=True)
class House:
    """Whom the pipeline works with: the change's origin, who reviews, where tests run, who tells people.

    The purse is the one that the panel pays from.
    """

    forge: Forge
    panel: Panel
    lab: Lab
    publisher: Publisher
    purse: Purse = field(default_factory=Purse)


def run(house: House, step: Step) -> Outcome:
    """Take one change through all six steps. A failure is published as such, once. Raises Superseded."""
    try:
        outcome = charged(_outcome(house, step), house.purse.spent())
        house.publisher.publish(outcome, step)
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
    return conclude(change, review, cases, material.config.problems)


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


def without_runner(finding: Finding, lab: Lab) -> Case | None:
    """The case of a finding in a language that nobody can run here, so that no call is spent on it."""
    try:
        lab.need_runner(finding.path)
    except RunnerMissing as problem:
        return untried(finding, problem)
    return None


def examine_finding(
    finding: Finding, key: str, material: Material, bench: Bench, panel: Panel
) -> Chain[Case]:
    """Steps 3 to 5 for one finding, as far as its runs carry it. `key` tells its steps from others'."""
    author = panel.author(finding)
    try:
        red: Reproduction = yield f"reproduce {key}", lambda: reproduce(finding, material, author, bench)
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
