"""What one opened pull request of five files costs: calls, tokens, processor time, memory.

    python -m tests.bench.one_pull_request

Counts are exact and repeatable; seconds are this machine's. The model is played by a stand-in of the Messages API
whose replies are fixed, so its row measures what we send, not what a model finds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.demo.github.records import PullRequest
from bot.demo.github.server import Server
from bot.demo.github.state import GitHub
from bot.demo.scene import Scene, posted, set_scene
from bot.demo.server import settings_for
from bot.records import Job
from tests.fakes.messages_api import MessagesApi, by_task, replies

FIX = {
    "old": """    rows = connection.execute(
        f"SELECT id, name, city, email FROM customers WHERE city = '{city}' ORDER BY name"
    ).fetchall()
""",
    "new": """    rows = connection.execute(
        "SELECT id, name, city, email FROM customers WHERE city = ? ORDER BY name", (city,)
    ).fetchall()
""",
}
TEST = '''"""A city is data for the database, never SQL."""

import sqlite3

from shop.customers import by_city


def _connection():
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE customers (id, name, city, email)")
    connection.execute("INSERT INTO customers VALUES (1, 'Ada', 'London', 'a@example.org')")
    return connection


def test_quote_is_data():
    assert by_city(_connection(), "x' OR 'a'='a") == []


def test_plain_city_is_found():
    assert [one["name"] for one in by_city(_connection(), "London")] == ["Ada"]
'''


def script() -> Any:
    """Fixed replies for the demo's pull request: one finding, its test, its fix."""
    finding = {
        "label": "H4.6",
        "quote": FIX["old"].splitlines()[1],
        "cwe": "CWE-89",
        "severity": "high",
        "confidence": "high",
        "title": "The city becomes part of the statement",
        "explanation": "`city` stands in the text of the statement.",
        "impact": "A caller can read every customer.",
        "claim": {"entry": "shop.customers.by_city", "input": "x' OR 'a'='a", "bad": "all rows", "good": "none"},
    }
    return by_task(
        review=replies("review", {"findings": [finding], "not_examined": []}),
        test=replies("test", {"content": TEST, "declared": "none"}),
        fix=replies("fix", {"strategy": "Bind the city.", "edits": [{"path": "shop/customers.py", **FIX}]}),
    )


@contextmanager
def measured(extra: Mapping[str, str]) -> Iterator[tuple[dict[str, Any], Scene, PullRequest]]:
    """Open the pull request and carry its job out in a process of its own."""
    with tempfile.TemporaryDirectory() as place, Server(GitHub(Path(place, "github"))) as github:
        folder = Path(place)
        folder.chmod(0o755)
        scene = set_scene(github.state, "")
        pull = scene.open()
        (installation,) = github.state.installations
        home = pull.repository
        job = Job(installation.id, home.id, home.full_name, pull.number, pull.head_sha, "bench")
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.one_job"],
            input=json.dumps(asdict(job)),
            env={**settings_for(scene, 0, folder), **extra},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            cwd=Path(__file__).parent.parent.parent,
        )
        yield json.loads(done.stdout), scene, pull


def row(name: str, model: MessagesApi | None) -> tuple[str, ...]:
    """One line of the table."""
    extra = {}
    if model is not None:
        key = {"ANTHROPIC_API_KEY": "not-a-key", "ANTHROPIC_BASE_URL": model.url}
        extra = {"SUTURE_REVIEWER": "claude", **key}
    with measured(extra) as (spent, scene, pull):
        kinds = [one.kind for one in scene.github.journal.entries]
        seen = posted(scene.github, pull)
        tokens = sum(_tokens(one) for one in model.usages) if model else 0
        return (
            name,
            str(kinds.count("rest") + kinds.count("graphql")),
            str(kinds.count("git")),
            str(len(model.requests) if model else 0),
            str(tokens),
            f"{spent['cpu_seconds']:.1f}",
            f"{spent['sandbox_and_git_cpu_seconds']:.1f}",
            f"{spent['peak_mb']:.0f}",
            seen.check.title or "" if seen.check else "no check run",
        )


def _tokens(usage: Mapping[str, int]) -> int:
    return sum(value for name, value in usage.items() if name.endswith("input_tokens") or name == "output_tokens")


def main() -> None:
    """Print the table."""
    columns = ("reviewer", "GitHub calls", "git requests", "model calls", "tokens", "CPU s", "sandbox, git CPU s", "peak MB", "check run")
    table = Table(*columns, title="One opened pull request of 5 files")
    table.add_row(*row("rules", None))
    with MessagesApi(script()).running() as model:
        table.add_row(*row("claude", model))
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
