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

import logging
from collections.abc import Callable
from functools import partial

from bot import heads
from bot.chains import Chain
from bot.conclude import Case, charged, conclude, failed, untried
from bot.config.ignore import without_ignored
from bot.config.read import read_config
from bot.errors import (
    Draft,
    ReviewerError,
    Superseded,
    SutureError,
)
from bot.findings import Rounds
from bot.fix.write import fix
from bot.house import House
from bot.metrics import count_outcome
from bot.proof.prover import prove
from bot.proof.second import second_of
from bot.records import (
    Finding,
    FixAttempt,
    Judgement,
    Outcome,
    Proof,
    Reproduction,
    Verdict,
)
from bot.regression.lab import Bench
from bot.regression.reproduce import reproduce
from bot.review.panel import Panel
from bot.review.reviewers import Judge, Material
from bot.review.variants import with_variants
from bot.step import Step

_log = logging.getLogger("suture.pipeline")


def run(house: House, step: Step) -> Outcome:
    """Take one change through all six steps. A failure is published as such, once. Raises Superseded."""
    try:
        outcome = charged(_outcome(house, step), house.purse.spent())
        heads.keep(house, outcome, step)  # first: a push that comes while people are told must not lose it
        house.publisher.publish(outcome, step)
    except Draft:
        raise
    except Superseded as why:
        house.publisher.superseded(house.forge.named(), why)
        raise
    except SutureError as error:
        house.publisher.broke_off(failed(house.forge.named(), error))
        raise
    heads.forget(house, outcome)  # now that it is told; and no newer push keeps that from being written down
    house.archive(outcome)
    count_outcome(outcome)
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
    found = step("configuration", lambda: house.forge.shared(change))
    forge = house.forge
    with forge.checkout(change) as tree, forge.base_tree(change) as base, forge.shared_tree(found) as shared:
        config = read_config(base, (found.repository, shared) if found and shared else None, house.host)
        if house.draft and not config.review_drafts and step("draft", forge.is_draft):
            raise Draft("The pull request is a draft: it is reviewed once it is ready for review.")
        house.publisher.start(change, step)
        house, change = house.as_asked(config), without_ignored(change, config)
        material = Material(change, tree, base, config=config)
        review = step("review", partial(heads.review, house, material))
        chains = partial(examine_finding, shown=heads.shown(review, material), panel=house.panel)
        rounds = Rounds(material, chains, house.lab, step, house.memory, house.dismissals)
        cases = rounds.examined(review)
        rechecked = rounds.rechecked(cases)
        cases = rounds.under_old_names(cases, rechecked)
        cases = rounds.with_still_there(cases, rechecked)
        outcome = conclude(change, review, cases, config, rechecked)
        return with_variants(outcome, material, house.panel, step)


def examine_finding(
    finding: Finding,
    key: str,
    bench: Bench,
    known: Reproduction | None = None,
    *,
    shown: Callable[[Finding], Material],
    panel: Panel,
) -> Chain[Case]:
    """Steps 3 to 5 for one finding, as far as its runs carry it. `key` tells its steps from others'.

    A reproduction that is `known` is not made anew.
    """
    author, material = panel.author(finding), shown(finding)
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
    except ReviewerError as problem:
        _log.warning("nobody judged %s, so the runs stand without a last look: %s", finding.id, problem)
        judged = Judgement()
    return Case(finding, red, fixed, proof, judged)
