"""What the worker does with one job: the pipeline, from GitHub to GitHub."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa

from bot.assembly import build_lab, build_panel, who_reviews
from bot.budget import Account, Purse
from bot.conclude import failed
from bot.config.layers import Host
from bot.config.read import read_host
from bot.conversation import answer
from bot.conversation.proving import run_again
from bot.errors import SutureError
from bot.forge.app_auth import Tokens
from bot.forge.branches import delete_fix_branches
from bot.forge.checkout import forget_repository, sweep_trees, unused_mirrors
from bot.forge.conversation import Conversation
from bot.forge.deliveries import sweep_deliveries
from bot.forge.github import GitHubForge
from bot.forge.installations import reconcile
from bot.forge.merge_groups import MergeQueue
from bot.house import House
from bot.jobs.archive import keep
from bot.jobs.desk import Desk
from bot.jobs.dismissals import Dismissals
from bot.jobs.engine import open_engine
from bot.jobs.erase import erase_uninstalled, erased
from bot.jobs.ledger import workflow_id
from bot.jobs.limits import SharedLimit
from bot.jobs.memory import DatabaseMemory
from bot.jobs.rounds import HOUR, MINUTE, Round
from bot.jobs.spending import DatabaseLedger
from bot.jobs.worker import Proofs
from bot.pipeline import run
from bot.publish import replies, texts
from bot.publish.archived import archived
from bot.publish.github import GitHubPublisher, facts_of
from bot.publish.outputs import merge_group
from bot.records import ClosedPull, Command, Job, MergeGroup
from bot.review.panel import Panel
from bot.sandbox import Sandbox
from bot.sandbox.choose import open_sandbox
from bot.settings import Settings
from bot.step import Step, cancelled_for, straight

_log = logging.getLogger("suture.service")
DAY = 86_400.0  # seconds
KEEP_TREES = 7 * DAY  # after their last use
KEEP_MIRRORS = 30 * DAY


def failure_teller(settings: Settings) -> Callable[[Job], None]:
    """A function that shows on the pull request that a job broke off by a fault of the program."""
    tokens = Tokens(settings)

    def tell(job: Job) -> None:
        forge = GitHubForge(job, settings, tokens)
        outcome = failed(forge.named(), SutureError(texts.BROKE_OFF))
        GitHubPublisher(forge, facts_of(job, settings)).publish(outcome, straight)

    return tell


def _tokens(settings: Settings) -> Tokens:
    """What one worker is told of an installation's limit of calls holds for all that they do."""
    return Tokens(settings, limit_of=partial(SharedLimit, open_engine(settings)))


def command_runner(settings: Settings) -> Callable[[Command, Desk], None]:
    """A function that answers a person's command, and carries it out if GitHub says that they may."""
    tokens = _tokens(settings)

    def run_command(asked: Command, desk: Desk) -> None:
        answer(asked, Conversation(asked, settings, tokens), desk)

    return run_command


def proofs(settings: Settings) -> Proofs:
    """How a finding is proven again for who asked, and how they hear that it broke off by a fault of ours."""
    tokens = _tokens(settings)
    sandbox = open_sandbox(settings)

    def run_proof(asked: Command, desk: Desk, step: Step) -> None:
        lab = build_lab(settings, sandbox, python=settings.python, cancelled=cancelled_for(step))

        def forge_at(head: str) -> GitHubForge:
            where = (asked.installation_id, asked.repository_id, asked.repository, asked.number)
            return GitHubForge(Job(*where, head, asked.delivery), settings, tokens)

        run_again(asked, Conversation(asked, settings, tokens), desk, forge_at, lab, step)

    def tell(asked: Command) -> None:
        Conversation(asked, settings, tokens).say(replies.not_again(texts.BROKE_OFF))

    return Proofs(run_proof, tell)


def close_runner(settings: Settings) -> Callable[[ClosedPull], None]:
    """A function that deletes the fix branches of a closed pull request."""
    tokens = _tokens(settings)

    def run_close(closed: ClosedPull) -> None:
        for branch in delete_fix_branches(closed, settings, tokens, texts.STACK_ENDED):
            _log.info("fix branch deleted", extra={"branch": branch})

    return run_close


def group_runner(settings: Settings) -> Callable[[MergeGroup], None]:
    """A function that answers a merge queue by what the review of the queued pull request came to."""
    tokens = _tokens(settings)

    def run_group(group: MergeGroup) -> None:
        queue = MergeQueue(group, settings, tokens)
        queue.answer(merge_group.render(group, queue.seen()))

    return run_group


def rounds(settings: Settings) -> tuple[Round, ...]:
    """What the workers do from time to time."""

    def clear_disk(engine: sa.Engine) -> None:
        sweep_trees(settings.data, KEEP_TREES)
        for repository_id in {*erased(engine), *unused_mirrors(settings.data, KEEP_MIRRORS)}:
            forget_repository(settings.data, repository_id)
        before = time.time() - settings.keep_days * DAY
        for card in (settings.cache / "cards").glob("*"):  # what is known of repositories
            if card.stat().st_mtime < before:
                card.unlink(missing_ok=True)

    return (
        Round("installations", 10 * MINUTE, lambda engine: reconcile(engine, settings)),
        Round("deliveries", 10 * MINUTE, lambda engine: sweep_deliveries(engine, settings)),
        Round("erase", HOUR, lambda engine: erase_uninstalled(engine, settings.keep_uninstalled_days)),
        Round("disk", HOUR, clear_disk, everywhere=True),
    )


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the jobs of one worker share: tokens, reviewers, what the operator allows, database, sandbox."""

    settings: Settings
    tokens: Tokens
    panel: Panel
    host: Host
    engine: sa.Engine
    sandbox: Sandbox

    def house(self, job: Job, step: Step) -> House:
        """For one job."""
        settings, engine, cancelled = self.settings, self.engine, cancelled_for(step)
        forge = GitHubForge(job, settings, self.tokens)
        account = Account(workflow_id(job), job.repository_id, job.installation_id)
        per_minute = settings.calls_per_minute
        purse = Purse(DatabaseLedger(engine), settings.budget, account, cancelled, per_minute)
        return House(
            forge,
            self.panel.paying_from(purse),
            build_lab(settings, self.sandbox, python=settings.python, cancelled=cancelled),
            GitHubPublisher(forge, facts_of(job, settings)),
            purse=purse,
            memory=DatabaseMemory(engine, job.repository_id, job.number),
            dismissals=Dismissals(engine, job.repository_id, job.number).all,
            whole=job.attempt > 1,  # somebody asked for it, or what holds for the head has changed
            who=who_reviews(settings),
            archive=lambda outcome: keep(engine, archived(job, outcome)),
            host=self.host,
            draft=job.draft,
        )


def job_runner(settings: Settings) -> Callable[[Job, Step], None]:
    """A function that carries out one job; what may be shared between jobs (tokens, reviewers) is.

    Sweeps up what a killed worker left. Raises SettingsError for reviewers that cannot be had, and
    for a configuration that is not right.
    """
    engine = open_engine(settings)
    shared = _Shared(
        settings,
        Tokens(settings, limit_of=partial(SharedLimit, engine)),
        build_panel(settings),
        read_host(settings),
        engine,
        open_sandbox(settings),
    )
    shared.sandbox.sweep()

    def run_job(job: Job, step: Step) -> None:
        run(shared.house(job, step), step)

    return run_job
