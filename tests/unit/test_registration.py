"""What the App is registered with: one place, and everything that is said of it elsewhere agrees."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.demo.github import GitHub, create_app
from bot.demo.github.manifests import problems
from bot.errors import ForgeError, GoneError, InputError
from bot.forge import registration
from bot.forge.app_auth import JOB_RIGHTS
from bot.forge.registration import (
    EVENTS,
    EXAMPLE,
    OPTIONAL_EVENTS,
    PERMISSIONS,
    UNASKED_EVENTS,
    convert,
    manifest,
)
from tests.fakes.github import GitHubServer
from webhooks.events import find_handlers

README = Path(__file__).parents[2] / "README.md"


def test_the_published_manifest_is_this_one():
    """deploy/app-manifest.json is what `python -m bot.forge.registration` writes."""
    assert registration.FILE.read_text() == registration.text()


def test_every_subscribed_event_is_handled_and_every_handled_one_comes():
    """No event is asked for in vain, and none is waited for in vain."""
    handled = set(find_handlers())

    assert set(EVENTS) <= handled
    assert handled <= {*EVENTS, *OPTIONAL_EVENTS, *UNASKED_EVENTS}


def test_a_jobs_rights_are_asked_for():
    """No token is minted with more than the App has."""
    assert JOB_RIGHTS.items() <= {name: level for name, (level, _) in PERMISSIONS.items()}.items()


def test_the_readme_names_what_is_asked_for():
    """Who registers the App by hand reads the same permissions and events."""
    text = README.read_text()
    for name in (*PERMISSIONS, *EVENTS):
        if name != "metadata":
            assert name.replace("_", " ") in text.lower()


def test_github_takes_the_manifest(tmp_path: Path):
    """The stand-in, as strict as GitHub about names, addresses and events, finds nothing wrong with it."""
    github = GitHub(tmp_path)
    made = manifest(EXAMPLE, redirect_url="http://localhost:8080/setup/created")

    assert problems(github, made) == []
    create_app(github)
    assert problems(github, made) == ["Name is already taken"]
    bad = {
        **made,
        "name": "x" * 35,
        "url": "",
        "hook_attributes": {"url": "http://localhost/"},
        "default_events": ["installation", "merge_group"],
    }
    assert len(problems(github, bad)) == 4


@pytest.mark.parametrize("code", ["", "../app", "a/b", "a?b", "x" * 300])
def test_a_code_is_a_word(code: str):
    """Nothing else gets into the address that is asked."""
    with pytest.raises(InputError):
        convert("http://127.0.0.1:9", code)


def test_an_unknown_code(tmp_path: Path):
    """Said as such."""
    with GitHubServer(tmp_path) as server, pytest.raises(GoneError, match="older than an hour"):
        convert(server.state.api, "unknown")


def test_something_else_than_the_api(tmp_path: Path):
    """An answer that is a page, or nobody there, is no App."""
    with GitHubServer(tmp_path) as server:
        server.state.faults.add("POST", r"/app-manifests/.*", 200, answer=b"<html>hello</html>")
        with pytest.raises(ForgeError, match="SUTURE_GITHUB_API_URL"):
            convert(server.state.api, "code")
