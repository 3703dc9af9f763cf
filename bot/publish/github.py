"""Publishing on GitHub: each write is a step of its own, so that a killed worker goes on after the last."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Protocol

from bot.errors import ForgeError, ForgeUnavailable, InputError, Superseded
from bot.forge.address import web_url
from bot.forge.markers import external_id
from bot.forge.writes import (
    CommitFix,
    DropStack,
    FileContent,
    PostReview,
    PullState,
    Reply,
    SetResolved,
    StackFixes,
    StartCheck,
    UpdateComment,
    Write,
)
from bot.publish import texts
from bot.publish.outputs import check_run, sarif
from bot.publish.outputs.fix_commits import fix_files, why_not_here
from bot.publish.plan import Facts, Fixes, plan
from bot.records import Change, Conclusion, FixDelivery, Job, Outcome, Verdict
from bot.settings import Settings
from bot.step import Step

REFUSED = "refused: "
MOST_APPLIED = 20  # findings whose fix commits a pull request may have before people have to look
_log = logging.getLogger("suture.publish")


class WritableForge(Protocol):
    """What this publisher needs of the forge."""

    def state(self, change: Change) -> PullState: ...

    def carry_out(self, write: Write) -> str: ...

    def checkout(self, change: Change) -> AbstractContextManager[Path]: ...

    def applied(self, change: Change) -> frozenset[str]: ...

    def upload_sarif(self, change: Change, text: str) -> str: ...


class GitHubPublisher:
    """Plans, and has the forge carry out what is planned."""

    def __init__(self, forge: WritableForge, facts: Facts) -> None:
        self._forge = forge
        self._facts = facts

    def start(self, change: Change, step: Step) -> None:
        write = StartCheck(change.head_sha, self._facts.external_id)
        step("publish start", partial(self._forge.carry_out, write))

    def publish(self, outcome: Outcome, step: Step) -> None:
        state = step("publish state", partial(self._forge.state, outcome.change))
        fixes = self._fixes(outcome, state)
        refused = dict(fixes.refused)
        for write in plan(outcome, state, self._facts, fixes):
            if isinstance(write, CommitFix):
                said = step(f"publish {key_of(write)}", partial(self._refusable, write))
                if said.startswith(REFUSED):
                    refused[write.fingerprint] = said.removeprefix(REFUSED)
        is_current = state.is_open and state.head_sha == outcome.change.head_sha
        if is_current and outcome.conclusion is not Conclusion.FAILED:  # which would close every alert
            step("publish sarif", partial(self._tell_code_scanning, outcome))
        for write in plan(outcome, state, self._facts, Fixes(fixes.files, refused)):  # last the check run
            if not isinstance(write, CommitFix):
                # Without the right to write contents a thread cannot be resolved: it was said in it.
                can_fail = isinstance(write, SetResolved | StackFixes | DropStack)
                act = self._refusable if can_fail else self._forge.carry_out
                step(f"publish {key_of(write)}", partial(act, write))

    def superseded(self, change: Change, why: Superseded) -> None:
        self._forge.carry_out(check_run.cancelled(change, self._facts.external_id, why))

    def broke_off(self, outcome: Outcome) -> None:
        try:
            self._forge.carry_out(check_run.render(outcome, self._facts.external_id, ()))
        except ForgeError as error:
            _log.warning("nobody was told that publishing failed: %s", error)

    def _fixes(self, outcome: Outcome, state: PullState) -> Fixes:
        """The content of every fix commit; for a patch that does not apply, the reason."""
        proven = [one for one in outcome.examined if one.verdict is Verdict.PROVEN]
        if not proven or why_not_here(outcome.change) or state.head_sha != outcome.change.head_sha:
            return Fixes()
        if outcome.fix_delivery is FixDelivery.SUGGESTIONS:
            return Fixes()
        if state.lacks:
            return Fixes(refused={one.finding.id: texts.read_only(state.lacks) for one in proven})
        files: dict[str, tuple[FileContent, ...]] = {}
        # No second fix of what a first one on this very branch did not mend: that would never end.
        applied = self._forge.applied(outcome.change)
        refused = {one.finding.id: texts.ALREADY_FIXED for one in proven if one.finding.id in applied}
        if len(applied) >= MOST_APPLIED:
            return Fixes(refused={one.finding.id: texts.ENOUGH_FIXES for one in proven} | refused)
        with self._forge.checkout(outcome.change) as tree:
            for one in proven:
                if one.finding.id not in refused and one.patch and one.test:
                    try:
                        files[one.finding.id] = fix_files(one.patch, one.test, tree)
                    except InputError as error:
                        refused[one.finding.id] = str(error)
        return Fixes(files, refused)

    def _tell_code_scanning(self, outcome: Outcome) -> str:
        """A fault here takes nothing from the review, which was told already."""
        try:
            return self._forge.upload_sarif(outcome.change, sarif.render(outcome, for_upload=True))
        except ForgeError as error:
            _log.warning("not sent to code scanning: %s", error)
            return f"{REFUSED}{error}"

    def _refusable(self, write: Write) -> str:
        """A refusal is an answer: of a fix commit, the comment then carries the patch itself."""
        try:
            return self._forge.carry_out(write)
        except ForgeUnavailable:
            raise
        except ForgeError as error:
            return f"{REFUSED}{error}"


def facts_of(job: Job, settings: Settings) -> Facts:
    """What planning needs to know of this job."""
    return Facts(job.number, external_id(job), f"{web_url(settings.github_api_url)}/{job.repository}")


def key_of(write: Write) -> str:
    """The name of a write among the steps of its job."""
    match write:
        case CommitFix():
            return f"commit {write.fingerprint}"
        case StackFixes() | DropStack():
            return f"{type(write).__name__} {write.branch}"
        case UpdateComment():
            return f"comment {write.comment_id}"
        case PostReview():
            return "review"
        case Reply() | SetResolved():
            act = f"reply {write.said}" if isinstance(write, Reply) else f"resolved {write.resolved}"
            return f"{act} {write.comment_id}"
        case _:
            return "start" if isinstance(write, StartCheck) else "check"
