"""`kill -9` at every boundary of every step of a real review ends in the same pull request, nothing twice."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.demo.github import git
from bot.demo.scene import FIX_BRANCHES, Scene, posted, set_scene
from bot.demo.server import settings_for
from bot.jobs.inbox import DurableInbox
from bot.records import Job
from bot.settings import read_settings
from tests.fakes.github import GitHubServer
from tests.flow.shop import need_sandbox
from tests.lean import lean_python

ROOT = Path(__file__).parent.parent.parent
KILLED = -9
MORE_THAN_ENOUGH = 40  # boundaries; a review of two findings has about fifteen


def submit(scene: Scene, environment: dict[str, str]) -> None:
    """Store the job of a freshly opened pull request."""
    pull = scene.open()
    (installation,) = scene.github.installations
    home = pull.repository
    job = Job(installation.id, home.id, home.full_name, pull.number, pull.head_sha, "delivery")
    inbox = DurableInbox(read_settings(environment))
    inbox.submit(job, "delivery")
    inbox.close()


def work(environment: dict[str, str], kill_at: int, phase: str) -> int:
    """Run a worker until the job has ended or the worker was killed; its exit code."""
    command = [sys.executable, "-m", "tests.fakes.mortal_worker", "--run", "tests.fakes.real_job:run_job"]
    done = subprocess.run(
        [*command, "--kill-at", str(kill_at), "--phase", phase],
        env=environment,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode in {0, KILLED}, done.stderr
    return done.returncode


def what_stands(scene: Scene) -> dict[str, object]:
    """All that a person can see on the pull request, but for times, ports and the commits' own ids."""
    (pull,) = scene.github.pulls
    seen = posted(scene.github, pull)
    home = pull.repository.path
    branches = git.refs(home, FIX_BRANCHES)
    return {
        "comments": [(one.anchor, lasting(one.body, scene)) for one in seen.comments],
        "reviews": len(scene.github.reviews),
        "checks": [(one.title, one.status, one.conclusion, one.summary) for one in scene.github.check_runs],
        "trees": {name: git.resolve(home, f"{sha}^{{tree}}") for name, sha in branches.items()},
        "parents": {git.resolve(home, f"{sha}^") for sha in branches.values()},
    }


def lasting(body: str, scene: Scene) -> str:
    """A comment without what differs from run to run."""
    return re.sub(r"[\d.]+ s \|", "", body).replace(scene.github.url, "")


def reviewed(folder: Path, phase: str) -> tuple[dict[str, object], int]:
    """Review the demo's pull request with a worker that dies at every boundary in turn ("" for never)."""
    folder.mkdir()
    folder.chmod(0o755)
    with GitHubServer(folder) as github:
        scene = set_scene(github.state, "")
        environment = settings_for(scene, 0, folder, lean_python())
        submit(scene, environment)
        deaths = 0
        while work(environment, deaths + 1 if phase else 0, phase or "before") == KILLED:
            deaths += 1
            assert deaths < MORE_THAN_ENOUGH
        return what_stands(scene), deaths


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What stands on the pull request after a review that nobody disturbed."""
    need_sandbox()
    folder = tmp_path_factory.mktemp("crash")
    folder.chmod(0o755)
    return reviewed(folder / "undisturbed", "")[0]


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_worker_that_dies_at_every_step_ends_in_the_same_pull_request(
    tmp_path: Path, undisturbed: dict[str, object], phase: str
):
    """Killed before every step in turn, or after each one's effect but before its checkpoint."""
    tmp_path.chmod(0o755)

    disturbed, deaths = reviewed(tmp_path / "disturbed", phase)

    assert deaths >= 8
    assert disturbed == undisturbed
    assert undisturbed["reviews"] == 1
