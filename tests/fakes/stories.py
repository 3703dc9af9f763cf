"""Pull requests at the stand-in to publish on again and again: what stands there, told without numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from bot.demo.github import git, open_pull_request, push_files, reply
from bot.demo.github.records import PullRequest, Thread
from bot.forge.github import GitHubForge
from bot.forge.markers import find
from bot.forge.writes import FileContent, Write
from bot.publish.github import facts_of
from bot.publish.plan import Fixes, plan
from bot.records import (
    Answer,
    Change,
    ChangedFile,
    Conclusion,
    Examined,
    Hunk,
    KeptTest,
    Line,
    Outcome,
    Patch,
    Proof,
    Rechecked,
    Verdict,
)
from tests.fakes.published import TEST, Scene, proven
from tests.fakes.records import a_finding

PATH = "shop/many.py"
LINES = 40
TEXT = "".join(f"line {number}\n" for number in range(1, LINES + 1))
_numbers = count(1)


@dataclass(frozen=True)
class Saying:
    """What a review says: a verdict for each line, and what became of findings of earlier heads."""

    found: Mapping[int, Verdict] = field(default_factory=dict)
    fates: Mapping[int, Answer] = field(default_factory=dict)

    def outcome(self, change: Change) -> Outcome:
        """The same said of this change."""
        examined = tuple(_examined(line, verdict) for line, verdict in self.found.items())
        rechecked = tuple(
            Rechecked(KeptTest(_examined(line, Verdict.PROVEN).finding, TEST, ()), answer, "It moved.")
            for line, answer in self.fates.items()
            if line not in self.found
        )
        return Outcome(change, Conclusion.FINDINGS, examined, rechecked=rechecked)


def _examined(line: int, verdict: Verdict) -> Examined:
    """Beyond the file's last line a finding stands outside of the diff."""
    finding = a_finding(
        id=f"{line:08x}" * 2, path=PATH, start_line=line, end_line=line, title=f"Defect {line}"
    )
    diff = f"--- a/{PATH}\n+++ b/{PATH}\n@@ -{line},1 +{line},1 @@\n-line {line}\n+fixed {line}\n"
    one = proven(finding=finding, patch=Patch(diff))
    if verdict is Verdict.PROVEN:
        return one
    return replace(one, patch=None, proof=Proof(verdict, one.proof.gates, one.proof.runs))


@dataclass
class Story:
    """One pull request of a scene, and who writes on it."""

    there: Scene
    pull: PullRequest

    def forge(self) -> GitHubForge:
        """As a fresh process makes it."""
        return self.there.forge(self.job())

    def job(self) -> Any:
        return self.there.job(number=self.pull.number, head_sha=self.pull.head_sha)

    def change(self) -> Change:
        rows = tuple(Line("added", None, at, f"line {at}") for at in range(1, LINES + 1))
        file = ChangedFile(PATH, "added", (Hunk(PATH, "", rows),))
        names = {"repository": "acme/shop", "number": self.pull.number, "head_repository": "acme/shop"}
        return Change(self.pull.base_sha, self.pull.head_sha, (file,), **names)  # type: ignore[arg-type]  # as named

    def writes(self, saying: Saying, forge: GitHubForge | None = None) -> tuple[Write, ...]:
        """What is missing now."""
        outcome = saying.outcome(self.change())
        state = (forge or self.forge()).state(outcome.change)
        keys = [one.finding.id for one in outcome.examined if one.patch]
        fixes = Fixes({key: (FileContent("fixed.txt", key.encode()),) for key in keys})
        return plan(outcome, state, facts_of(self.job(), self.there.settings), fixes)

    def publish(self, saying: Saying) -> None:
        """All of it, straight."""
        forge = self.forge()
        for write in self.writes(saying, forge):
            forge.carry_out(write)

    def push(self) -> None:
        """A new head, whose lines are the same."""
        files = {"other.py": f"x = {next(_numbers)}\n"}
        push_files(self.there.state, self.there.repository, self.pull.head_ref, files)

    def threads(self) -> list[Thread]:
        return [one for one in self.there.state.threads if one.comments[0].pull is self.pull]

    def answer(self) -> None:
        """A person writes in the first thread."""
        for thread in self.threads()[:1]:
            reply(self.there.state, thread.comments[0], "Why?")

    def told(self) -> dict[str, Any]:
        """What stands on the pull request; the same for another one on which the same was said."""
        state, repository = self.there.state, self.there.repository
        heads = {sha: f"head{at}" for at, sha in enumerate(self.pull.heads)}

        def plain(text: str | None) -> str:
            for sha, name in heads.items():
                text = (text or "").replace(sha, name).replace(sha[:12], name).replace(sha[:7], name)
            return re.sub(r"pr-\d+-", "pr-N-", text or "")

        threads = [
            ([(one.author.login, plain(one.body)) for one in thread.comments], thread.resolved_by is not None)
            for thread in self.threads()
        ]
        prefix = f"refs/heads/suture/fix/pr-{self.pull.number}-"
        branches = git.refs(repository.path, prefix)
        ours = [one for one in state.check_runs if one.external_id.split(":")[1] == str(self.pull.number)]
        return {
            "threads": sorted(threads, key=str),
            "reviews": sorted(plain(one.body) for one in state.reviews if one.pull is self.pull and one.body),
            "checks": [
                (heads[one.suite.head_sha], one.conclusion, one.title, plain(one.summary), plain(one.text))
                for one in ours
            ],
            "annotations": sorted(
                f"{one['path']}:{one['start_line']} {one['title']}" for run in ours for one in run.annotations
            ),
            "branches": sorted(plain(name) for name in branches),
            "commits": sorted(git.read_commit(repository.path, tip).message for tip in branches.values()),
        }

    def doubled(self) -> list[str]:
        """What stands there more than once."""
        firsts = [find(thread.comments[0].body) for thread in self.threads()]
        replies = [find(one.body) for thread in self.threads() for one in thread.comments[1:]]
        reviews = [find(one.body) for one in self.there.state.reviews if one.pull is self.pull and one.body]
        notes = [(one.head, one.fingerprint, one.said) for one in replies if one]
        keys = [one.external_id for one in self.there.state.check_runs]
        marks = [one.fingerprint for one in firsts if one]
        return [str(one) for those in (marks, notes, reviews, keys) for one in those if those.count(one) > 1]


def story(there: Scene) -> Story:
    """A new pull request of the scene."""
    branch = f"many{next(_numbers)}"
    files = {PATH: TEXT, "other.py": f"x = '{branch}'\n"}
    push_files(there.state, there.repository, branch, files, message=branch)
    pull = open_pull_request(there.state, there.repository, "main", branch, title=branch, author="dana")
    return Story(there, pull)


def told_once(there: Scene, *sayings: Saying, answered: bool = False) -> Iterator[Story]:
    """Two stories alike up to before the last saying: the one to disturb, and the one that goes straight."""
    for _ in range(2):
        one = story(there)
        for saying in sayings:
            one.publish(saying)
            if answered:
                one.answer()
            one.push()
        yield one
