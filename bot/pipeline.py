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
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from bot.budget import Purse
from bot.chains import Chain
from bot.conclude import Case, charged, conclude, failed, untried
from bot.config import Config
from bot.config.ignore import without_ignored
from bot.config.layers import Host
from bot.config.read import read_config
from bot.errors import (
    Draft,
    ReviewerError,
    Superseded,
    SutureError,
)
from bot.findings import Chains, Rounds
from bot.fix.write import fix
from bot.forge import Forge
from bot.metrics import count_outcome
from bot.proof.prover import prove
from bot.proof.second import second_of
from bot.publish import Publisher
from bot.records import (
    Answer,
    Carried,
    Change,
    Dismissal,
    Finding,
    FixAttempt,
    Judgement,
    Outcome,
    Proof,
    Reproduction,
    Review,
    Verdict,
)
from bot.regression.lab import Bench, Lab
from bot.regression.recheck import Memory, keep
from bot.regression.renamed import with_known_ids
from bot.regression.reproduce import reproduce
from bot.review.dismissed import without_dismissed
from bot.review.panel import Panel
from bot.review.reviewers import Judge, Material
from bot.review.since import carried, narrowed, rules_of
from bot.review.variants import with_variants
from bot.step import Step

_log = logging.getLogger("suture.pipeline")


def _nowhere(_outcome: Outcome) -> None:
    """The archive of who keeps nothing."""


@dataclass(frozen=True, slots=True)
class House:
    """Whom the pipeline works with: the change's origin, who reviews, where tests run, who tells people.

    The purse is the one that the panel pays from. Without a memory no test of an earlier head is run, and
    everything is looked at, as it is when the `whole` is asked for. `who` stands for the reviewers' settings.
    """

    forge: Forge
    panel: Panel
    lab: Lab
    publisher: Publisher
    purse: Purse = field(default_factory=Purse)
    memory: Memory | None = None
    dismissals: Callable[[], tuple[Dismissal, ...]] = tuple
    whole: bool = False
    who: str = ""
    archive: Callable[[Outcome], None] = _nowhere
    host: Host = field(default_factory=Host)  # what the operator says and allows
    draft: bool = False  # the job is a draft's; see `Job`

    def as_asked(self, config: Config) -> House:
        """The same house, with the models, budget and tests' environment that are asked for."""
        if config.budget:
            self.purse.lower(config.budget.entry, config.budget.path)
        panel, lab = self.panel.speaking_as(config.models), self.lab.as_asked(config.tests)
        return replace(self, panel=panel, lab=lab)


def run(house: House, step: Step) -> Outcome:
    """Take one change through all six steps. A failure is published as such, once. Raises Superseded."""
    try:
        outcome = charged(_outcome(house, step), house.purse.spent())
        _keep(house, outcome, step)  # first: a push that comes while people are told must not lose it
        house.publisher.publish(outcome, step)
        step("archive", partial(house.archive, outcome))
        _forget(house, outcome, step)  # last: what was not told yet is told of the next head
        count_outcome(outcome)
    except Draft:
        raise
    except Superseded as why:
        house.publisher.superseded(house.forge.named(), why)
        raise
    return outcome


def _keep(house: House, outcome: Outcome, step: Step) -> None:
    if memory := house.memory:
        with house.forge.checkout(outcome.change) if outcome.examined else nullcontext(Path()) as tree:
            step("keep", lambda: keep(memory, outcome, tree))


def _forget(house: House, outcome: Outcome, step: Step) -> None:
    removed = tuple(one.kept.finding.id for one in outcome.rechecked if one.answer is Answer.REMOVED)
    if (memory := house.memory) and removed:
        step("forget", lambda: memory.forget(removed))


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
        review = step("review", partial(_review, house, material))
        rounds = Rounds(
            material, _chains(house, material, review), house.lab, step, house.memory, house.dismissals
        )
        cases = rounds.examined(review)
        rechecked = rounds.rechecked(cases)
        cases = rounds.under_old_names(cases, rechecked)
        cases = rounds.with_still_there(cases, rechecked)
        outcome = conclude(change, review, cases, config, rechecked)
        return with_variants(outcome, material, house.panel, step)


def _review(house: House, material: Material) -> Review:
    """Step 2: what is said of all that no earlier review has settled, without what people dismissed."""
    rules = rules_of(material.config, [one.name for one in house.panel.reviewers] + [house.who])
    kept = _carried(house, material.change, rules)
    found = house.panel.review(replace(material, change=narrowed(material.change, kept)))
    noted = found.not_reviewed + (kept.noted if kept else ())
    if memory := house.memory:
        found = with_known_ids(found, memory.tests(), material.tree)
    return without_dismissed(
        replace(found, carried=kept, rules=rules, not_reviewed=noted), house.dismissals()
    )


def _carried(house: House, change: Change, rules: str) -> Carried | None:
    memory = house.memory
    if house.whole or memory is None or (earlier := memory.reviewed()) is None:
        return None
    told = {one.fingerprint for one in house.dismissals()}
    dismissed = {one.finding.path for one in memory.tests() if one.finding.id in told}
    return carried(earlier, change, rules, house.forge.touched(change, earlier.head_sha), dismissed)


def _chains(house: House, material: Material, review: Review) -> Chains:
    """Each finding's author is shown what its reviewer was; the whole change for one in a carried file."""
    seen = replace(material, change=narrowed(material.change, review.carried))
    paths = {file.path for file in seen.change.files}

    def chain(finding: Finding, key: str, bench: Bench, known: Reproduction | None = None) -> Chain[Case]:
        shown = seen if finding.path in paths else material
        return examine_finding(finding, key, bench, known, material=shown, panel=house.panel)

    return chain


def examine_finding(
    finding: Finding,
    key: str,
    bench: Bench,
    known: Reproduction | None = None,
    *,
    material: Material,
    panel: Panel,
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
    except ReviewerError as problem:
        _log.warning("nobody judged %s, so the runs stand without a last look: %s", finding.id, problem)
        judged = Judgement()
    return Case(finding, red, fixed, proof, judged)
