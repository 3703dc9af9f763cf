"""What one opened pull request of five files costs: calls, tokens, processor time, memory.

    python -m tests.bench.one_pull_request

Counts are exact and repeatable; seconds and megabytes are this machine's. The model is a stand-in of
the Messages API with fixed replies, which counts four characters as a token and caches as the service does.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.demo.scene import Scene, posted, set_scene
from bot.demo.server import settings_for
from bot.records import Job
from tests.bench import honest_model
from tests.fakes.github import GitHubServer
from tests.fakes.messages_api import MessagesApi
from tests.lean import lean_python

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Cost:
    """One review, from a worker's start to its end."""

    reviewer: str
    title: str  # of the check run, which says how much came of it
    github_calls: int  # REST and GraphQL, the token's included
    git_requests: int
    model_calls: int
    input_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    output_tokens: int
    start_cpu_seconds: float  # once a worker, not once a job
    job_cpu_seconds: float  # of the job's thread, model and children left out
    other_threads_cpu_seconds: float  # the engine's, which ask the database for work as long as the job takes
    sandbox_and_git_cpu_seconds: float
    peak_mb: float  # of the worker
    wall_seconds: float


def measure(reviewer: str) -> Cost:
    """Open the demo's pull request and have it reviewed by `rules` or `claude` in a process of its own."""
    with MessagesApi(honest_model.answer).running() as model, tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.chmod(0o755)  # the sandbox looks in as another user
        key = {"ANTHROPIC_API_KEY": "not-a-key", "ANTHROPIC_BASE_URL": model.url}
        extra = {"SUTURE_REVIEWER": reviewer} | (key if reviewer == "claude" else {})
        with GitHubServer(folder) as github:
            spent, title = _reviewed(set_scene(github.state, ""), folder, extra)
            kinds = github.state.journal.summary()

        def tokens(name: str) -> int:
            return sum(usage[name] for usage in model.usages)

        return Cost(
            reviewer=reviewer,
            title=title,
            github_calls=kinds.get("rest", 0) + kinds.get("graphql", 0),
            git_requests=kinds.get("git", 0),
            model_calls=len(model.requests),
            input_tokens=tokens("input_tokens"),
            cache_read_tokens=tokens("cache_read_input_tokens"),
            cache_write_tokens=tokens("cache_creation_input_tokens"),
            output_tokens=tokens("output_tokens"),
            **spent,
        )


def _reviewed(scene: Scene, folder: Path, extra: Mapping[str, str]) -> tuple[dict[str, float], str]:
    """What the process says it took, and the title of the check run."""
    pull = scene.open()
    (installation,) = scene.github.installations
    home = pull.repository
    job = Job(installation.id, home.id, home.full_name, pull.number, pull.head_sha, "bench")
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.one_job"],
        input=json.dumps(asdict(job)),
        env={**settings_for(scene, 0, folder, lean_python()), **extra},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
    )
    spent: dict[str, float] = json.loads(done.stdout)
    check = posted(scene.github, pull).check
    return spent, str(check and check.title)


def table(costs: list[Cost]) -> str:
    """The costs as a table of Markdown, one column a reviewer."""
    rows = ["| | " + " | ".join(one.reviewer for one in costs) + " |", "|---" * (len(costs) + 1) + "|"]
    for name in list(asdict(costs[0]))[1:]:
        values = [asdict(one)[name] for one in costs]
        shown = [
            f"{one:,.1f}" if isinstance(one, float) else f"{one:,}" if isinstance(one, int) else one
            for one in values
        ]
        rows.append(f"| {name.replace('_', ' ')} | " + " | ".join(shown) + " |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(table([measure("rules"), measure("claude")]))
