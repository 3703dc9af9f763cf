"""The rest of the stand-in's REST API: files, checks, refs, contents, paging."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.demo.github import delete_repository, fork, open_pull_request, push_files
from bot.demo.github.git import mode_at
from tests.fakes.octo import World, world


@pytest.fixture
def there(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def test_files_as_github_lists_them(there: World):
    """Status, counts and patch with three lines of context; nothing for a binary file."""
    files = {one["filename"]: one for one in there.call("GET", "pulls/1/files", token=there.token()).json()}

    assert {name: one["status"] for name, one in files.items()} == {
        "app.py": "modified",
        "gone.py": "removed",
        "pic.bin": "added",
    }
    assert files["app.py"]["patch"].startswith(
        "@@ -1,6 +1,6 @@\n line 1\n line 2\n-line 3\n+line three\n line 4\n"
    )
    assert (files["app.py"]["additions"], files["app.py"]["deletions"]) == (3, 2)
    assert "patch" not in files["pic.bin"]


def test_renames_modes_links_and_missing_newlines(there: World):
    """A mere rename has no patch, a changed mode none, and a missing last newline is said."""
    files: dict[str, Any] = {"a b.py": "one\ntwo\nthree\nfour\n", "end.txt": "no newline"}
    push_files(there.state, there.repository, "main", files)
    push_files(
        there.state, there.repository, "moved", {"a b.py": None, "c/ü.py": files["a b.py"], "end.txt": "none"}
    )
    pull = open_pull_request(there.state, there.repository, "main", "moved", "Move")

    answer = there.call("GET", f"pulls/{pull.number}/files", token=there.token()).json()
    moved = next(one for one in answer if one["filename"] == "c/ü.py")
    ended = next(one for one in answer if one["filename"] == "end.txt")
    assert (moved["status"], moved["previous_filename"], "patch" in moved) == ("renamed", "a b.py", False)
    assert ended["patch"].endswith("+none\n\\ No newline at end of file")


def test_pages_have_links(there: World):
    """Lists come in pages with GitHub's Link header."""
    first = there.call("GET", "pulls/1/files?per_page=2", token=there.token())
    last = there.call("GET", "pulls/1/files?per_page=2&page=2", token=there.token())

    assert len(first.json()) == 2
    assert first.links["next"]["url"].endswith("page=2")
    assert len(last.json()) == 1
    assert "next" not in last.links


@pytest.mark.parametrize(
    "body",
    [
        {"head_sha": None},
        {"head_sha": "0" * 40},
        {"status": "completed"},
        {"conclusion": "fine"},
        {"output": {"title": "t"}},
        {"output": {"title": "t" * 256, "summary": "s"}},
        {"output": {"title": "t", "summary": "s" * 65_536}},
        {"output": {"title": "t", "summary": "s", "text": "s" * 65_536}},
        {"output": {"title": "t", "summary": "s", "annotations": [{}]}},
        {"actions": [{"label": "l" * 21, "description": "d", "identifier": "i"}]},
        {"actions": [{"label": "l", "description": "d" * 41, "identifier": "i"}]},
        {"actions": [{"label": "l", "description": "d", "identifier": "i"}] * 4},
    ],
)
def test_a_check_run_that_github_refuses(there: World, body: dict[str, Any]):
    """Limits and required parts of a check run: 422, and nothing is made."""
    sent = {"name": "Suture", "head_sha": there.pull.head_sha, **body}
    sent = {name: value for name, value in sent.items() if value is not None}

    answer = there.call("POST", "check-runs", sent, there.token())

    assert answer.status_code == 422
    assert there.state.check_runs == []


def test_a_check_run_from_start_to_end(there: World):
    """Annotations add up over requests of at most fifty; the newest run of a name is the one listed."""
    token, sha = there.token(), there.pull.head_sha
    note = {"path": "app.py", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
    run = there.call(
        "POST", "check-runs", {"name": "Suture", "head_sha": sha, "external_id": "7"}, token
    ).json()
    output = {"title": "t", "summary": "s", "annotations": [note] * 50}
    path = f"check-runs/{run['id']}"
    there.call("PATCH", path, {"output": output}, token)
    done = there.call("PATCH", path, {"conclusion": "neutral", "output": output}, token).json()
    crowded = {"title": "t", "summary": "s", "annotations": [note] * 51}

    assert (run["status"], run["conclusion"]) == ("queued", None)
    assert (done["status"], done["conclusion"]) == ("completed", "neutral")
    assert done["output"]["annotations_count"] == 100
    assert there.call("PATCH", path, {"output": crowded}, token).status_code == 422
    listed = there.call(
        "GET", f"commits/{sha}/check-runs?check_name=Suture&app_id={there.app.id}", token=token
    )
    assert [one["external_id"] for one in listed.json()["check_runs"]] == ["7"]


def test_refs(there: World):
    """Made once, moved forward only, found by prefix."""
    token, sha, base = there.token(), there.pull.head_sha, there.pull.base_sha
    made = there.call("POST", "git/refs", {"ref": "refs/heads/suture/fix/a", "sha": sha}, token)
    again = there.call("POST", "git/refs", {"ref": "refs/heads/suture/fix/a", "sha": sha}, token)
    back = there.call("PATCH", "git/refs/heads/suture/fix/a", {"sha": base}, token)
    forced = there.call("PATCH", "git/refs/heads/suture/fix/a", {"sha": base, "force": True}, token)

    assert made.status_code == 201
    assert (again.status_code, again.json()["message"]) == (422, "Reference already exists")
    assert (back.status_code, back.json()["message"]) == (422, "Update is not a fast forward")
    assert forced.json()["object"]["sha"] == base
    found = there.call("GET", "git/matching-refs/heads/suture/", token=token).json()
    assert [one["ref"] for one in found] == ["refs/heads/suture/fix/a"]
    assert there.call("GET", "git/ref/heads/none", token=token).status_code == 404
    for ref in ("heads/x", "refs/heads/a..b", "refs/heads/suture"):
        assert there.call("POST", "git/refs", {"ref": ref, "sha": sha}, token).status_code == 422


def test_commits_from_blobs_and_trees(there: World):
    """Without an author the App's commit is signed; with one it is not."""
    token, sha = there.token(), there.pull.head_sha
    text = base64.b64encode(b"#!/bin/sh\n").decode()
    blob = there.call("POST", "git/blobs", {"content": text, "encoding": "base64"}, token).json()
    entries = [
        {"path": "run.sh", "mode": "100755", "type": "blob", "sha": blob["sha"]},
        {"path": "app.py", "mode": "100644", "type": "blob", "sha": None},
    ]
    tree = there.call("POST", "git/trees", {"base_tree": sha, "tree": entries}, token).json()
    sent = {"message": "Add", "tree": tree["sha"], "parents": [sha]}
    signed = there.call("POST", "git/commits", sent, token).json()
    named = there.call("POST", "git/commits", sent | {"author": {"name": "a", "email": "a@b"}}, token).json()

    assert signed["verification"]["verified"] is True
    assert named["verification"]["verified"] is False
    assert mode_at(there.repository.path, signed["sha"], "run.sh") == "100755"
    assert mode_at(there.repository.path, signed["sha"], "app.py") is None
    listed = there.call("GET", f"git/trees/{signed['sha']}?recursive=1", token=token).json()
    assert "run.sh" in [one["path"] for one in listed["tree"]]


def test_contents_and_comparisons(there: World):
    """Files at a ref, folders, and what lies between two commits."""
    token = there.token()
    file = there.call("GET", "contents/app.py?ref=feature", token=token).json()
    folder = there.call("GET", "contents/?ref=feature", token=token).json()
    compared = there.call("GET", "compare/main...feature", token=token).json()

    assert b"line three" in base64.b64decode(file["content"])
    assert [one["name"] for one in folder] == ["app.py", "pic.bin"]
    assert (compared["status"], compared["ahead_by"], len(compared["files"])) == ("ahead", 1, 3)
    assert there.call("GET", "compare/feature...main", token=token).json()["status"] == "behind"
    assert there.call("GET", "contents/none.py", token=token).status_code == 404
    assert there.call("GET", "compare/main...none", token=token).status_code == 404


def test_forks_and_deleted_forks(there: World):
    """A pull request from a fork names it, and keeps its head when the fork is gone."""
    theirs = fork(there.state, there.repository, "eve")
    sha = push_files(there.state, theirs, "idea", {"new.py": "x = 1\n"}, author="eve")
    pull = open_pull_request(
        there.state, there.repository, "main", "idea", "An idea", author="eve", head_repository=theirs
    )
    before = there.call("GET", f"pulls/{pull.number}", token=there.token()).json()
    delete_repository(there.state, theirs)
    after = there.call("GET", f"pulls/{pull.number}", token=there.token()).json()

    assert (before["head"]["repo"]["full_name"], before["head"]["label"]) == ("eve/shop", "eve:idea")
    assert after["head"]["repo"] is None
    assert after["head"]["sha"] == sha
    files = there.call("GET", f"pulls/{pull.number}/files", token=there.token()).json()
    assert [one["filename"] for one in files] == ["new.py"]


def test_the_conversation(there: World):
    """Comments are made, read, edited and taken away."""
    token = there.token()
    made = there.call("POST", "issues/1/comments", {"body": "Hello"}, token).json()
    there.call("PATCH", f"issues/comments/{made['id']}", {"body": "Bye"}, token)

    listed = there.call("GET", "issues/1/comments", token=token).json()
    assert [one["body"] for one in listed] == ["Bye"]
    assert there.call("POST", "issues/1/comments", {"body": " "}, token).status_code == 422
    assert there.call("DELETE", f"issues/comments/{made['id']}", token=token).status_code == 204


def test_installations_repositories_and_limits(there: World):
    """What an App looks up about itself."""
    app, token = there.jwt(), there.token()

    assert there.call("GET", "/app/installations", token=app).json()[0]["id"] == there.installation.id
    assert there.call("GET", "installation", token=app).json()["id"] == there.installation.id
    assert there.call("GET", "/installation/repositories", token=token).json()["total_count"] == 1
    assert there.call("GET", f"/repositories/{there.repository.id}", token=token).json()["name"] == "shop"
    assert there.call("GET", "/rate_limit", token=token).json()["rate"]["limit"] == 5000
    assert there.call("GET", "collaborators/dana/permission", token=token).json()["permission"] == "write"
    assert there.call("DELETE", "/installation/token", token=token).status_code == 204
    assert there.call("GET", "pulls/1", token=token).status_code == 401
