"""A pull request at the stand-in, a forge on it, and outcomes to publish there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from bot.demo.github import (
    GitHub,
    create_app,
    create_repository,
    install,
    open_pull_request,
    push_files,
)
from bot.demo.github.records import App, Installation, PullRequest, Repository
from bot.demo.github.scene import new_key
from bot.forge.api import Pauses
from bot.forge.app_auth import Tokens
from bot.forge.github import GitHubForge
from bot.publish.github import GitHubPublisher, facts_of
from bot.records import (
    Change,
    Conclusion,
    Examined,
    Frame,
    Gate,
    Job,
    Outcome,
    Patch,
    Phase,
    Proof,
    RegressionTest,
    Run,
    RunStatus,
    TestOutcome,
    TestStatus,
    Verdict,
)
from bot.settings import Secret, Settings
from tests.fakes.github import GitHubServer
from tests.fakes.records import a_finding

PATH = "shop/customers.py"
BEFORE = "import db\n\n\ndef by_city(city):\n    return []\n"
AFTER = (
    "import db\n\n\ndef by_city(city):\n"
    "    query = f\"SELECT * FROM customers WHERE city = '{city}'\"\n"
    "    return db.execute(query)\n"
)
DIFF = """\
--- a/shop/customers.py
+++ b/shop/customers.py
@@ -3,4 +3,4 @@

 def by_city(city):
-    query = f"SELECT * FROM customers WHERE city = '{city}'"
-    return db.execute(query)
+    query = "SELECT * FROM customers WHERE city = ?"
+    return db.execute(query, (city,))
"""
TEST = RegressionTest("tests/test_customers_city.py", "def test_city():\n    assert True\n")


@dataclass
class Scene:
    """Everything on both sides of the wire."""

    state: GitHub
    server: GitHubServer
    app: App
    repository: Repository
    installation: Installation
    pull: PullRequest
    settings: Settings
    naps: list[float]

    def job(self, **changes: object) -> Job:
        made = Job(
            installation_id=self.installation.id,
            repository_id=self.repository.id,
            repository=self.repository.full_name,
            number=self.pull.number,
            head_sha=self.pull.head_sha,
            delivery="1",
        )
        return replace(made, **changes)  # type: ignore[arg-type]  # a test's own fields

    def forge(self, job: Job | None = None) -> GitHubForge:
        """A forge as a fresh process makes it: it remembers nothing."""
        pauses = Pauses(0.0, 0.0, self.naps.append)
        return GitHubForge(job or self.job(), self.settings, Tokens(self.settings), pauses)

    def publisher(self, job: Job | None = None) -> GitHubPublisher:
        job = job or self.job()
        return GitHubPublisher(self.forge(job), facts_of(job, self.settings))


@cache
def app_key() -> str:
    """One key for all scenes: making one is slow."""
    return new_key()


@contextmanager
def scene(folder: Path, files: dict[str, bytes | str | None] | None = None) -> Iterator[Scene]:
    """A private repository with an open pull request that adds a query; every call is held to GitHub's."""
    with GitHubServer(folder) as server:
        state = server.state
        app = create_app(state, private_key=app_key())
        base = folder / "base"
        (base / "shop").mkdir(parents=True)
        (base / PATH).write_text(BEFORE)
        repository = create_repository(state, "acme/shop", folder=base, private=True)
        installation = install(state, app, "acme")
        push_files(state, repository, "cities", files or {PATH: AFTER})
        pull = open_pull_request(state, repository, "main", "cities", title="Look up a city", author="dana")
        settings = Settings(
            app_id=str(app.id),
            private_key=Secret(app.private_key),
            github_api_url=state.api,
            data=folder / "data",
            write_interval=0.0,
        )
        yield Scene(state, server, app, repository, installation, pull, settings, [])


def a_run(tree: str, status: TestStatus, seconds: float = 0.4) -> Run:
    """The regression test and one old test, on one tree."""
    frames = (Frame(PATH, 6, "by_city"),) if status is TestStatus.FAILED else ()
    seen = TestOutcome(f"{TEST.path}::test_city", status, Phase.CALL, frames=frames)
    old = TestOutcome("tests/test_old.py::test_old", TestStatus.PASSED, Phase.CALL)
    code = 1 if status is TestStatus.FAILED else 0
    command = ("/opt/env/bin/python", "-m", "pytest", TEST.path)
    return Run("head" if tree == "head" else "fixed", command, RunStatus.EXITED, code, seconds, (seen, old))


def proven(**changes: object) -> Examined:
    """A proven finding on the query of the scene's pull request."""
    runs = (a_run("head", TestStatus.FAILED), a_run("fixed", TestStatus.PASSED))
    gates = (
        Gate("G3", passed=True, detail="red on the head"),
        Gate("G5", passed=True, detail="green with the fix"),
    )
    finding = a_finding(path=PATH, start_line=5, end_line=6)
    made = Examined(finding, Proof(Verdict.PROVEN, gates, runs), TEST, Patch(DIFF))
    return replace(made, **changes)  # type: ignore[arg-type]  # a test's own fields


def findings(change: Change, *examined: Examined) -> Outcome:
    """The outcome with these findings."""
    return Outcome(change, Conclusion.FINDINGS, examined or (proven(),))
