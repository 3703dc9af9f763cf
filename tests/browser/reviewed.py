"""The demo's pull request, really reviewed, on a server that still runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.demo.github.records import PullRequest
from bot.demo.scene import Posted, Scene, posted, set_scene
from bot.demo.server import free_port, serving, settings_for
from tests.fakes.github import GitHubServer
from tests.fakes.workers import wait_until
from tests.lean import lean_python


@contextmanager
def served_scene(folder: Path) -> Iterator[Scene]:
    """A GitHub with the shop, every request held against GitHub's description, and `suture serve`."""
    folder.chmod(0o755)
    port = free_port()
    with GitHubServer(folder) as github:
        scene = set_scene(github.state, f"http://127.0.0.1:{port}/webhooks/github")
        with serving(settings_for(scene, port, folder, lean_python())):
            yield scene


def wait_for_review(scene: Scene, pull: PullRequest) -> Posted:
    """What stands on the pull request once the check run of its head is completed."""

    def ended() -> bool:
        check = posted(scene.github, pull).check
        return check is not None and check.status == "completed"

    wait_until(ended, seconds=240)
    return posted(scene.github, pull)


def page_of(scene: Scene, pull: PullRequest) -> str:
    """The address of the pull request's page."""
    return f"{scene.github.url}/{pull.repository.full_name}/pull/{pull.number}"
