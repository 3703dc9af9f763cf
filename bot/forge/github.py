"""GitHub as the forge of one job: what changed, its tree, what stands there, and what we write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bot.diff.scope import sift
from bot.errors import ForgeError, ForgeUnavailable, GoneError, Superseded
from bot.forge import carry_out, checks, code_scanning, stacks, threads
from bot.forge.address import web_url
from bot.forge.answers import Pull, Standing, read_file, read_pull, read_standing
from bot.forge.api import Api, Pauses, RateLimitedError
from bot.forge.app_auth import FETCH_RIGHTS, JOB_RIGHTS, Rights, Tokens
from bot.forge.carry_out import Target, query
from bot.forge.checkout import Mirror
from bot.forge.markers import CHECK_NAME, TRAILER, external_id
from bot.forge.shared import SharedRepository
from bot.forge.writes import (
    CommitFix,
    CompleteCheck,
    DropStack,
    PostReview,
    PullState,
    Reply,
    SetResolved,
    StackFixes,
    StartCheck,
    UpdateComment,
    Write,
)
from bot.records import Change, ChangedFile, Job, NotReviewed, SharedConfig
from bot.settings import Settings

SKIP_LABEL = "suture:skip"  # whoever may label a pull request may put it on
UNLISTED = "GitHub lists no more than 3,000 changed files of a pull request. Split it to have this reviewed."


class GitHubForge:
    """One job's view of GitHub. Every method may be called again after a crash; writes converge."""

    def __init__(self, job: Job, settings: Settings, tokens: Tokens, pauses: Pauses | None = None) -> None:
        self._job = job
        self._tokens = tokens
        self._web = web_url(settings.github_api_url)
        self._mirror = Mirror(settings.data, job.repository_id)
        self._shared = SharedRepository(settings, tokens)
        self._pauses = pauses
        self._api = self._calls(JOB_RIGHTS)
        self._pull: Pull | None = None

    def named(self) -> Change:
        job = self._job
        return Change("", job.head_sha, files=(), repository=job.repository, number=job.number)

    def collect(self) -> Change:
        """Raises GoneError when it is closed, Superseded when its head has moved, ForgeError, InputError."""
        pull = self._read_pull()
        if not pull.is_open:
            raise GoneError(
                f"#{self._job.number} of {self._job.repository} is closed; reopen it to have it reviewed."
            )
        if pull.head_sha != self._job.head_sha:
            raise Superseded(f"#{self._job.number} has moved on from {self._job.head_sha[:12]}.")
        if SKIP_LABEL in pull.labels and self._job.attempt == 1:
            raise ForgeError(
                f"#{self._job.number} has the label `{SKIP_LABEL}`. To have this commit reviewed, write "
                "`/suture review`."
            )
        files, hidden = self._files(pull)
        self._fetch(pull)
        tip = self._mirror.tip(_base_ref(pull))
        base = pull.base_sha if self._mirror.has(pull.base_sha) else tip
        scope = sift(files, hidden)
        base_sha = self._mirror.merge_base(base, pull.head_sha)
        return Change(
            base_sha=base_sha,
            head_sha=pull.head_sha,
            files=scope.files,
            not_reviewed=scope.not_reviewed + self._unlisted(pull, base_sha, files),
            repository=pull.repository,
            number=self._job.number,
            head_ref=pull.head_ref,
            head_repository=pull.head_repository,
            base_tip=tip,
        )

    @contextmanager
    def checkout(self, change: Change) -> Iterator[Path]:
        """The head's tree, kept for the next one who asks. Raises GoneError, ForgeError, InputError."""
        yield self._tree(change.head_sha)

    def touched(self, change: Change, since: str) -> tuple[str, ...] | None:
        if not self._mirror.has(change.head_sha):
            self._fetch(self._pull or self._read_pull())
        return self._mirror.touched(since, change.head_sha)

    @contextmanager
    def base_tree(self, change: Change) -> Iterator[Path | None]:
        """Kept like the head's. Raises ForgeUnavailable, so that a fault does not pass for "no rules"."""
        try:
            tree = self._tree(change.base_tip) if change.base_tip else None
        except GoneError:
            tree = None
        yield tree

    def is_draft(self) -> bool:
        return self._read_pull().is_draft

    def shared(self, change: Change) -> SharedConfig | None:
        return self._shared.find(change.repository)

    @contextmanager
    def shared_tree(self, found: SharedConfig | None) -> Iterator[Path | None]:
        yield self._shared.tree(found) if found else None

    def applied(self, change: Change) -> frozenset[str]:
        """The findings whose fix commit is among the pull request's. Anybody can write one that looks so."""
        if not (self._mirror.has(change.base_sha) and self._mirror.has(change.head_sha)):
            self._fetch(self._pull or self._read_pull())
        return self._mirror.trailers(TRAILER, change.base_sha, change.head_sha)

    def _tree(self, sha: str) -> Path:
        if not self._mirror.tree(sha).is_dir():
            if not self._mirror.has(sha):
                self._fetch(self._pull or self._read_pull())
            if not self._mirror.has(sha):
                raise GoneError(f"Commit {sha[:12]} is not in the repository (any more).")
        return self._mirror.export(sha)

    def state(self, change: Change) -> PullState:
        """What stands on the pull request now, in one call. Raises ForgeError."""
        lacks = self._tokens.lacks(self._job.installation_id, self._job.repository_id, JOB_RIGHTS)
        return replace(self._standing().state, lacks=lacks)

    def carry_out(self, write: Write) -> str:
        """Do it unless it is done; its address. Raises Superseded when the head has moved, ForgeError."""
        try:
            return self._once(write)
        except RateLimitedError:
            raise
        except ForgeUnavailable:
            # It may have taken effect. The second time begins by looking, as the first did.
            return self._once(write)

    def _once(self, write: Write) -> str:
        target = Target(self._api, self._repository, self._job.number, self._standing)
        match write:
            case StartCheck():
                done = checks.start_check(target, write)
            case CommitFix():
                done = carry_out.commit_fix(target, write)
            case StackFixes():
                done = stacks.raise_stack(self._api, self._repository, write)
            case DropStack():
                dropped = stacks.drop_stack(self._api, self._repository, write.branch, write.why)
                done = "dropped" if dropped else "somebody else uses it"
            case PostReview():
                done = carry_out.post_review(target, write)
            case UpdateComment():
                done = carry_out.update_comment(target, write)
            case Reply() | SetResolved():
                done = threads.carry_out(target, write)
            case CompleteCheck():
                done = checks.complete_check(target, write)
        return done

    def upload_sarif(self, change: Change, text: str) -> str:
        """Give it to code scanning, if the installation grants that: its address, or why it was not sent.

        Sent twice, it is the same alerts. Raises ForgeError, also where code scanning is off.
        """
        job, right = self._job, code_scanning.RIGHT
        if self._tokens.granted(job.installation_id).get(right) != "write":
            return code_scanning.NOT_GRANTED
        api = self._calls({right: "write"})
        return code_scanning.upload(api, self._repository, job.number, change.head_sha, text)

    def _calls(self, rights: Rights) -> Api:
        return self._tokens.api(self._job.installation_id, self._job.repository_id, rights, self._pauses)

    @property
    def _repository(self) -> str:
        """Its name now: it may have got another one since the delivery."""
        return (self._pull or self._read_pull()).repository

    def _read_pull(self) -> Pull:
        job = self._job
        pull = read_pull(self._api.call("GET", f"/repos/{job.repository}/pulls/{job.number}"))
        if pull.repository_id != job.repository_id:
            raise GoneError(
                f"{job.repository} is another repository now than when this review was asked for."
            )
        self._pull = pull
        return pull

    def _files(self, pull: Pull) -> tuple[list[ChangedFile], dict[str, str]]:
        files: list[ChangedFile] = []
        hidden: dict[str, str] = {}
        for answer in self._api.pages(f"/repos/{pull.repository}/pulls/{self._job.number}/files"):
            file, reason = read_file(answer)
            files.append(file)
            if reason:
                hidden[file.path] = reason
        return files, hidden

    def _unlisted(self, pull: Pull, base_sha: str, listed: list[ChangedFile]) -> tuple[NotReviewed, ...]:
        """Files that GitHub says are changed and does not list."""
        if len(listed) >= pull.changed_files:
            return ()
        known = {path for file in listed for path in (file.path, file.previous_path)}
        named = self._mirror.touched(base_sha, pull.head_sha) or ()
        rest = [path for path in named if path not in known] or ["…"]
        return tuple(NotReviewed(path, UNLISTED) for path in rest)

    def _fetch(self, pull: Pull) -> None:
        refs = (f"refs/pull/{self._job.number}/head", _base_ref(pull))
        token = self._tokens.token(self._job.installation_id, self._job.repository_id, FETCH_RIGHTS)
        self._mirror.fetch(self._web, pull.repository, refs, token)

    def _standing(self) -> Standing:
        job = self._job
        owner, _, name = self._repository.partition("/")
        asked = {"owner": owner, "name": name, "number": job.number}
        more = {"branches": f"pr-{job.number}-", "check": CHECK_NAME}
        standing, after = read_standing(
            self._api.graphql(query("pull_state"), asked | more), external_id(job)
        )
        comments = standing.state.own_comments
        if after:
            comments += tuple(threads.own_comments(self._api, self._repository, job.number, after))
        return replace(standing, state=replace(standing.state, own_comments=comments))


def _base_ref(pull: Pull) -> str:
    return f"refs/heads/{pull.base_ref}"
