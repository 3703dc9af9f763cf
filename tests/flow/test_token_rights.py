"""Each kind of work gets a token of its own: for one repository, with the rights that it needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.github import GitHub, close, comment
from bot.demo.github import git as github_git
from bot.errors import ForgeError
from bot.forge.api import Pauses
from bot.forge.app_auth import (
    APPLY_RIGHTS,
    CLOSE_RIGHTS,
    FETCH_RIGHTS,
    JOB_RIGHTS,
    TALK_RIGHTS,
    Rights,
    Tokens,
)
from bot.forge.github import GitHubForge
from bot.publish.github import GitHubPublisher, facts_of
from bot.records import ClosedPull
from bot.service import close_runner
from bot.settings import Secret
from bot.step import straight
from tests.fakes.published import Scene, findings, scene
from tests.fakes.talk import talk


class Fewer(Tokens):
    """Tokens whose `name` may only be read, whatever is asked for."""

    name = ""

    def token(self, installation_id: int, repository_id: int, rights: Rights) -> Secret:
        """As asked for, but for one right."""
        fewer = {**rights, self.name: "read"} if self.name in rights else rights
        return super().token(installation_id, repository_id, fewer)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Scene]:
    with scene(tmp_path) as made:
        yield made


def rights_given(state: GitHub) -> list[dict[str, str]]:
    """Of every token that was made, without the right that all have."""
    given = [
        {name: level for name, level in one.permissions.items() if name != "metadata"}
        for one in state.tokens.values()
        if one.installation
    ]
    return sorted(given, key=str)


def in_order(*rights: Rights) -> list[dict[str, str]]:
    return sorted((dict(one) for one in rights), key=str)


def publish(there: Scene, missing: str = "") -> None:
    """One job from reading to the last write, as a worker does it: with one set of tokens."""
    tokens = Fewer(there.settings)
    tokens.name = missing
    forge = GitHubForge(there.job(), there.settings, tokens, Pauses(0.0, 0.0, there.naps.append))
    publisher = GitHubPublisher(forge, facts_of(there.job(), there.settings))
    change = forge.collect()
    publisher.start(change, straight)
    publisher.publish(findings(change), straight)


def what_stands(there: Scene) -> tuple[bool, bool, bool]:
    """Whether there are a fix branch, a review, a completed check run."""
    branches = github_git.refs(there.repository.path, "refs/heads/suture/fix/")
    checks = [one.status for one in there.state.check_runs]
    return bool(branches), bool(there.state.reviews), checks == ["completed"]


def test_a_review(there: Scene) -> None:
    """git gets a token that may only read; both are for the one repository."""
    publish(there)

    assert what_stands(there) == (True, True, True)
    assert rights_given(there.state) == in_order(JOB_RIGHTS, FETCH_RIGHTS)
    assert {one.repository_ids for one in there.state.tokens.values()} == {frozenset({there.repository.id})}


@pytest.mark.parametrize("name", JOB_RIGHTS)
def test_a_review_needs_all_of_its_rights(there: Scene, name: str) -> None:
    """With any one of them lowered to reading, something that has to be written is not."""
    try:
        publish(there, missing=name)
    except ForgeError:
        return
    assert what_stands(there) != (True, True, True)


def test_words_and_commits(tmp_path: Path) -> None:
    """A command that only talks never holds a token that could change a branch; `apply` asks for one."""
    with talk(tmp_path) as one:
        one.answered(comment(one.there.state, one.there.pull, "/suture help", by="dana"))
        talking = rights_given(one.there.state)
        one.answered(comment(one.there.state, one.there.pull, "/suture apply", by="dana"))
        applying = rights_given(one.there.state)

    assert talking == in_order(TALK_RIGHTS)
    assert applying == in_order(TALK_RIGHTS, APPLY_RIGHTS)


def test_the_end(there: Scene) -> None:
    """Who deletes the fix branches may not write comments."""
    publish(there)
    before = rights_given(there.state)
    close(there.state, there.pull)

    job = there.job()
    close_runner(there.settings)(ClosedPull(job.installation_id, job.repository_id, job.repository, 1, "end"))

    assert what_stands(there)[0] is False
    assert rights_given(there.state) == in_order(*before, CLOSE_RIGHTS)
