"""What a person's command does to the jobs of its pull request."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from bot.jobs import Submitted, effect_of, ledger, priority, provings
from bot.jobs.dismissals import Dismissals
from bot.jobs.engine import client
from bot.jobs.memory import DatabaseMemory
from bot.jobs.submit import Again, submit
from bot.records import Command, Dismissal, Finding, Job, KeptProof


class Desk:
    """Where one command takes effect. Each of its acts, done twice, has its effect once.

    That the person may give the command has to be known before.
    """

    def __init__(self, engine: sa.Engine, command: Command) -> None:
        self._engine = engine
        self._command = command

    def stop(self) -> bool:
        """Let what was asked for before the command end at its next step; whether there was anything."""
        return ledger.stop(self._engine, self._command)

    def posted(self) -> tuple[Finding, ...]:
        """The findings that were confirmed and posted on the pull request in the last weeks."""
        return tuple(one.finding for one in self._memory().tests())

    def proofs(self, finding: str = "") -> tuple[KeptProof, ...]:
        """What was last confirmed of the findings whose ids begin so."""
        kept = self._memory().proofs()
        return tuple(one for one in kept if one.examined.finding.id.startswith(finding))

    def _memory(self) -> DatabaseMemory:
        return DatabaseMemory(self._engine, self._command.repository_id, self._command.number)

    def dismiss(self, finding: Finding, reason: str, *, by_author: bool) -> None:
        """Let the next reviews of the pull request leave the finding out."""
        self._dismissals().add(Dismissal(finding.id, self._command.login, reason, by_author))

    def dismissals(self) -> tuple[Dismissal, ...]:
        """What people dismissed on the pull request."""
        return self._dismissals().all()

    def undismiss(self, findings: Collection[str]) -> None:
        """Let the next reviews of the pull request report these findings again."""
        self._dismissals().remove(findings)

    def _dismissals(self) -> Dismissals:
        return Dismissals(self._engine, self._command.repository_id, self._command.number)

    def prove(self, finding: str) -> None:
        """Have the finding of this id proven again, beside the reviews."""
        provings.ask(self._engine, self._command, finding)

    def keep_proof(self, proof: KeptProof) -> None:
        """Keep it in the place of what was confirmed before."""
        self._memory().keep_proofs((proof,))

    def review(self, head_sha: str) -> bool:
        """Ask for a review of this head, reviewed before or not; False when one waits or runs already."""
        asked = self._command
        job = Job(
            asked.installation_id,
            asked.repository_id,
            asked.repository,
            asked.number,
            head_sha,
            asked.delivery,
            attempt=2,  # so that everything is looked at
        )
        with client(self._engine) as one, self._engine.begin() as connection:
            if ledger.saw_delivery(connection, effect_of(asked.delivery, "review")):
                return True
            holds = ledger.newest(connection, asked.repository_id, asked.number)
            at = max(asked.asked_at, holds.changed_at if holds else "")
            if submit(connection, one, job, at, Again.ENDED, priority.WISH) is Submitted.NEW:
                return True
            connection.rollback()
            return False
