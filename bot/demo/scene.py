"""Sets the demo's scene: an App, a repository, and the pull request that will be reviewed."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bot.demo.github import git
from bot.demo.github import scene as github
from bot.demo.github.pulls import open_pull_request
from bot.demo.github.records import App, CheckRun, Comment, PullRequest
from bot.demo.github.state import GitHub

SCENARIO = Path(__file__).parent / "scenario"
REPOSITORY = "acme/shop"
BRANCH = "search"
FIX_BRANCHES = "refs/heads/suture/fix/"
TITLE = "Search customers by city, hand out invoices"
BODY = "The back office asked for both. Tried by hand with the data of last year."


@dataclass(frozen=True, slots=True)
class Scene:
    """A GitHub on which everything is ready for the pull request."""

    github: GitHub
    app: App

    @property
    def secret(self) -> str:
        return self.app.webhook_secret

    def open(self) -> PullRequest:
        """Push the branch and open the pull request; GitHub delivers `opened`."""
        home = self.github.repository(REPOSITORY)
        if home is None:
            raise ValueError(f"{REPOSITORY} is not there: call set_scene first")
        with tempfile.TemporaryDirectory() as folder:
            head = Path(folder, "head")
            shutil.copytree(SCENARIO / "base", head)
            shutil.copytree(SCENARIO / "head", head, dirs_exist_ok=True)
            github.push_folder(self.github, home, BRANCH, head, message=TITLE)
        return open_pull_request(self.github, home, "main", BRANCH, TITLE, BODY)


def set_scene(state: GitHub, hook_url: str) -> Scene:
    """Register the App, create the repository and install the App on it."""
    app = github.create_app(state, hook_url=hook_url)
    github.create_repository(
        state, REPOSITORY, SCENARIO / "base", message="The back office", description="A small shop"
    )
    github.install(state, app, "acme")
    return Scene(state, app)


@dataclass(frozen=True, slots=True)
class Posted:
    """What stands on the pull request."""

    pull: PullRequest
    comments: tuple[Comment, ...]
    check: CheckRun | None
    branches: tuple[str, ...]  # of fix commits


def posted(state: GitHub, pull: PullRequest) -> Posted:
    """What Suture has posted so far."""
    with state.lock:
        checks = [one for one in state.check_runs if one.suite.head_sha == pull.head_sha]
        comments = tuple(one for one in state.comments if one.pull is pull)
        branches = git.refs(pull.repository.path, FIX_BRANCHES)
    names = tuple(name.removeprefix("refs/heads/") for name in branches)
    return Posted(pull, comments, checks[-1] if checks else None, names)
