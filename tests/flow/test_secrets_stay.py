"""A whole review, with the model, over HTTP: then all that it wrote, started, sent and said is searched.

The secrets: the App's private key and its JWTs, the webhook secret, every installation token, the model's
key. They are looked for as they are, in base64, in hexadecimal, quoted for addresses, and in what is
compressed.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import urllib.parse
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.demo.github import comment, git, push_files
from bot.demo.scene import Posted, Scene, set_scene
from bot.demo.server import free_port, serving, settings_for
from tests.bench.honest_model import QUIET
from tests.browser.reviewed import wait_for_review
from tests.fakes.github import GitHubServer
from tests.fakes.messages_api import Answer, Json, MessagesApi, fails, replies, stage_of
from tests.fakes.workers import wait_until
from tests.flow.shop import need_sandbox
from tests.lean import lean_python

TESTS = Path(__file__).parents[1]
LOOKS_AROUND = TESTS / "cases" / "secrets" / "conftest.py"
WEBHOOK_SECRET = "CANARY-webhook-0b6f2f7d51c3"
MODEL_KEY = "CANARY-model-9c1e44a7d2f0"
JWT = re.compile(rb"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.")


@dataclass
class Seen:
    """What is left of the review, and where."""

    scene: Scene
    posted: Posted
    folder: Path  # all that the service could write in: data, cache, temporary files
    log: list[str]
    started: list[dict[str, Any]]  # by our processes: words and environment
    model: MessagesApi

    @property
    def secrets(self) -> dict[str, bytes]:
        """Each secret in each form that it could be written in, by what it is."""
        app = self.scene.app
        key = app.private_key.splitlines()
        plain = {"webhook secret": app.webhook_secret, "model key": MODEL_KEY}
        plain |= {f"token {number}": value for number, value in enumerate(self.scene.github.tokens)}
        plain |= {f"private key, line {number}": line for number, line in enumerate(key) if len(line) > 40}
        return {
            f"{what} ({form})": written
            for what, secret in plain.items()
            for form, written in forms(secret.encode()).items()
        }

    def found_in(self, content: bytes) -> list[str]:
        """Which secrets stand in it."""
        named = [what for what, written in self.secrets.items() if written in content]
        return named + (["a JWT"] if JWT.search(content) else [])


def forms(secret: bytes) -> dict[str, bytes]:
    """The secret as it is, quoted, in hexadecimal and in base64 wherever in a text it begins."""
    shifted = {f"base64 at {n}": base64.b64encode(b"\0" * n + secret)[n + 1 : -4] for n in range(3)}
    quoted = urllib.parse.quote(secret, safe="").encode()
    return {"plain": secret, "quoted": quoted, "hexadecimal": secret.hex().encode(), **shifted}


def quiet_model(request: Json) -> Answer:
    """Looks and finds nothing, so that the rules' findings go all the way; writes no second test."""
    if stage_of(request) == "review":
        return replies("review", {"findings": [], "not_examined": []})
    return QUIET.get(stage_of(request)) or fails(400, "invalid_request_error")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """The demo's pull request, its repository with tests that look around, reviewed; a command answered."""
    need_sandbox()
    folder = tmp_path_factory.mktemp("secrets")
    home = folder / "home"
    for one in (folder, home):
        one.mkdir(exist_ok=True)
        one.chmod(0o755)
    (home / "tmp").mkdir()
    (home / "tmp").chmod(0o755)
    port = free_port()
    with MessagesApi(quiet_model).running() as model, GitHubServer(folder) as github:
        scene = set_scene(github.state, f"http://127.0.0.1:{port}/webhooks/github")
        scene.app.webhook_secret = WEBHOOK_SECRET
        (shop,) = github.state.repositories
        push_files(github.state, shop, "main", {"conftest.py": LOOKS_AROUND.read_text()})
        environment = settings_for(scene, port, folder, lean_python()) | {
            "HOME": str(home),
            "TMPDIR": str(home / "tmp"),
            "SUTURE_DATA": str(home / "data"),
            "SUTURE_REVIEWER": "auto",
            "ANTHROPIC_API_KEY": MODEL_KEY,
            "ANTHROPIC_BASE_URL": model.url,
            "PYTHONPATH": str(TESTS / "fakes" / "witness"),
            "WITNESS": str(folder / "witness"),
        }
        with serving(environment) as service:
            pull = scene.open()
            posted = wait_for_review(scene, pull)
            asked = comment(scene.github, pull, "/suture help", by="dana")
            wait_until(lambda: bool(asked.reactions))
            shutil.copytree(home, folder / "while it ran", symlinks=True)
        started = [json.loads(line) for line in (folder / "witness").read_text().splitlines()]
        yield Seen(scene, posted, folder, service.kept, started, model)


def test_the_review_was_whole(seen: Seen) -> None:
    """Else nothing below means anything: proofs, and so test runs in which no secret could be read."""
    assert seen.posted.check is not None
    assert seen.posted.check.title == "Findings: 2 proven with a fix"
    assert seen.model.requests
    assert {one.permissions.get("contents") for one in seen.scene.github.tokens.values()} >= {"read", "write"}
    programs = {Path(one["argv"][0]).name for one in seen.started if one["argv"]}
    assert programs >= {"git", Path(sys.executable).name}
    assert any("bwrap" in word for one in seen.started for word in one["argv"])


def test_files(seen: Seen) -> None:
    """Database, mirrors, trees, caches and temporary files; while the service ran, and after its end."""
    places = [seen.folder / "home", seen.folder / "while it ran"]
    files = [one for place in places for one in place.rglob("*") if one.is_file() and not one.is_symlink()]

    assert any(one.name == "suture.sqlite" for one in files)
    leaks = {str(one): seen.found_in(one.read_bytes()) for one in files}
    assert {one: what for one, what in leaks.items() if what} == {}


def test_what_is_compressed(seen: Seen) -> None:
    """Kept records of the database, and every object of every repository, ours and GitHub's."""
    with sqlite3.connect(seen.folder / "home" / "data" / "suture.sqlite") as database:
        blobs = [zlib.decompress(one) for (one,) in database.execute("SELECT content FROM suture_blob")]
    repositories = [
        *seen.folder.glob("home/data/mirrors/*.git"),
        *(one.path for one in seen.scene.github.repositories),
    ]
    objects = [git.git(one, "cat-file", "--batch-all-objects", "--batch") for one in repositories]

    assert len(blobs) > 5
    assert len(objects) == 2
    assert [what for one in blobs + objects for what in seen.found_in(one)] == []


def test_logs(seen: Seen) -> None:
    """Nothing had to be blotted out either: no line held a secret to begin with."""
    written = "\n".join(seen.log)

    assert '"event": "pull_request"' in written
    assert seen.found_in(written.encode()) == []
    assert "***" not in written


def test_arguments_and_environments(seen: Seen) -> None:
    """No secret is an argument. A fetch has its token in its environment; our own processes have ours."""
    for one in seen.started:
        assert seen.found_in(json.dumps(one["argv"]).encode()) == []
    inherit = [one["argv"] for one in seen.started if one["argv"] and one["env"] is None]
    told = [one for one in seen.started if one["env"] and seen.found_in(json.dumps(one["env"]).encode())]
    fetches = [one for one in told if one["argv"][0] == "git" and "fetch" in one["argv"]]
    others = {tuple(one["argv"][:2]) for one in told if one not in fetches}

    assert [one[:3] for one in inherit] == [[sys.executable, "-m", "bot"]] * 2
    assert {
        what.partition(" ")[0] for one in fetches for what in seen.found_in(json.dumps(one["env"]).encode())
    } == {"token"}
    assert others <= {("file", "-b")}  # Python's `platform` asks it what an interpreter is


def test_addresses(seen: Seen) -> None:
    """Nobody is called but the two servers that were set, and no secret stands in an address."""
    called = {tuple(one["address"][:1]) for one in seen.started if one["event"] == "socket.connect"}
    asked = [f"{one.path}?{one.query}" for one in seen.scene.github.journal.entries] + seen.model.addresses

    assert called == {("127.0.0.1",)}
    assert seen.found_in("\n".join(asked).encode()) == []


def test_what_was_sent_and_said(seen: Seen) -> None:
    """Bodies to GitHub and to the model, comments, reviews, the check run's texts and buttons."""
    state = seen.scene.github
    sent = [one.body for one in state.journal.entries] + seen.model.bodies
    said = [state.comments, state.issue_comments, state.reviews, state.check_runs]
    facts = [fact for kind in said for one in kind for fact in vars(one).values()]
    visible = json.dumps([fact for fact in facts if isinstance(fact, (str, list))], default=str).encode()

    assert len(state.comments) >= 2
    assert [what for one in [*sent, visible] for what in seen.found_in(one)] == []
    assert not any(b"gh_blotted_out" in one for one in sent)  # so the journal shows a token that it got


@pytest.mark.parametrize("place", ["the environment", "a file"])
def test_the_tests_that_look_around_see(place: str, tmp_path: Path) -> None:
    """Where a secret can be read, the run ends: so the proofs above say that none could be."""
    (tmp_path / "key").write_text("-----BEGIN RSA PRIVATE KEY-----" if place == "a file" else "")
    looks = tmp_path / "conftest.py"
    looks.write_text(LOOKS_AROUND.read_text().replace('os.walk("/")', f"os.walk({str(tmp_path)!r})"))
    environment = {"PATH": os.defpath} | ({"KEY": "CANARY"} if place == "the environment" else {})

    done = subprocess.run([sys.executable, looks], env=environment, capture_output=True, check=False)

    assert (done.returncode, b"a secret can be read in" in done.stderr) == (3, True)
