"""Real git, the real PyGithub and real webhooks against the stand-in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import github
import pytest

from bot.demo.github import close, delete_branch, press_button, push_files, reopen, set_draft
from bot.demo.github import git as there_git
from tests.fakes.octo import HEAD, World, world


@pytest.fixture
def there(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, private=True) as made:
        yield made


def git(there: World, token: str, *args: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """git as our checkout runs it: the token is in the environment alone."""
    env = {"PATH": os.defpath, "HOME": os.devnull, "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1"}
    env |= {f"GIT_{who}_{what}": "dana" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    if token:
        header = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        env |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{there.server.url}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {header}",
        }
    command = ["git", *args]
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False
    )


def test_clone_fetch_and_push(there: World, tmp_path: Path):
    """With a token: a partial clone, the pull request's head by its ref, and a push that synchronizes."""
    token, address = there.token(), f"{there.server.url}/acme/shop.git"
    clone = tmp_path / "clone"
    cloned = git(there, token, "clone", "--filter=blob:none", "--quiet", address, str(clone))
    fetched = git(there, token, "fetch", "--quiet", "origin", "refs/pull/1/head", folder=clone)
    before = there.pull.head_sha
    git(there, token, "checkout", "--quiet", "-B", "feature", "FETCH_HEAD", folder=clone)
    (clone / "more.py").write_text("x = 1\n" * 300_000)  # larger than one buffer, so git sends it in chunks
    git(there, token, "add", ".", folder=clone)
    git(there, token, "commit", "--quiet", "-m", "More", folder=clone)
    pushed = git(there, token, "push", "--quiet", "origin", "feature", folder=clone)

    assert (cloned.returncode, fetched.returncode, pushed.returncode) == (0, 0, 0), pushed.stderr
    payload = there.state.hooks.deliveries[-1].payload
    assert (payload["action"], payload["before"], payload["after"]) == (
        "synchronize",
        before,
        there.pull.head_sha,
    )
    assert there_git.refs(there.repository.path, "refs/pull/")["refs/pull/1/head"] == there.pull.head_sha


def test_what_python_compiled_is_no_source(there: World, tmp_path: Path):
    """A scenario that was installed, and so perhaps compiled, is the same repository as one that was not."""
    folder = tmp_path / "scenario"
    (folder / "shop" / "__pycache__").mkdir(parents=True)
    (folder / "shop" / "app.py").write_text("x = 1\n")
    (folder / "shop" / "__pycache__" / "app.cpython-311.pyc").write_bytes(b"\0")

    tree = there_git.folder_tree(there.repository.path, folder)

    names = there_git.git(there.repository.path, "ls-tree", "-r", "--name-only", tree).decode().split()
    assert names == ["shop/app.py"]


def test_what_git_is_refused(there: World, tmp_path: Path):
    """No token, a wrong one, one without the right, and a push onto the kept heads: refused."""
    address = f"{there.server.url}/acme/shop.git"
    reading = there.token(permissions={"contents": "read"})
    clone = tmp_path / "clone"
    git(there, reading, "clone", "--quiet", address, str(clone))

    assert "could not read Username" in git(there, "", "ls-remote", address).stderr
    assert git(there, "ghs_wrong", "ls-remote", address).returncode != 0
    assert git(there, there.token(permissions={"checks": "write"}), "ls-remote", address).returncode != 0
    assert "403" in git(there, reading, "push", "origin", "HEAD:refs/heads/x", folder=clone).stderr
    hidden = git(there, there.token(), "push", "origin", "HEAD:refs/pull/1/head", folder=clone)
    assert "hidden ref" in hidden.stderr


def test_pygithub(there: World):
    """The client we use does its whole work: read, review, check run, branch, commit, resolve."""
    client = there.client()
    repository = client.get_repo("acme/shop")
    pull = repository.get_pull(1)
    head = repository.get_commit(pull.head.sha)
    assert [one.filename for one in pull.get_files()] == ["app.py", "gone.py", "pic.bin"]
    pull.create_review(
        head, "Look", "COMMENT", [{"path": "app.py", "line": 3, "side": "RIGHT", "body": "Hm"}]
    )
    run = repository.create_check_run("Suture", pull.head.sha, status="in_progress", external_id="1")
    run.edit(status="completed", conclusion="neutral", output={"title": "t", "summary": "s"})
    repository.create_git_ref("refs/heads/fix", pull.head.sha)

    assert [one.body for one in pull.get_review_comments()] == ["Hm"]
    assert [one.conclusion for one in head.get_check_runs(check_name="Suture")] == ["neutral"]
    with pytest.raises(github.GithubException, match="Reference already exists"):
        repository.create_git_ref("refs/heads/fix", pull.head.sha)
    assert repository.get_contents("app.py", ref="feature").decoded_content == HEAD.encode()
    client.close()


COMMIT = """mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) {
    commit {
      oid message author { email } parents(first: 1) { nodes { oid } }
      signature { isValid wasSignedByGitHub }
    }
  }
}"""


def commit_input(there: World, expected: str, path: str = "app.py") -> dict[str, object]:
    return {
        "branch": {"repositoryNameWithOwner": "acme/shop", "branchName": "feature"},
        "expectedHeadOid": expected,
        "message": {"headline": "Fix", "body": "All of it"},
        "fileChanges": {
            "additions": [{"path": path, "contents": base64.b64encode(b"fixed\n").decode()}],
            "deletions": [{"path": "pic.bin"}],
        },
    }


def test_a_commit_by_graphql(there: World):
    """Signed, by the App's bot, on the expected tip or not at all; workflows need a right of their own."""
    token, head = there.token(), there.pull.head_sha
    workflow = there.graphql(token, COMMIT, input=commit_input(there, head, ".github/workflows/x.yml"))
    stale = there.graphql(token, COMMIT, input=commit_input(there, there.pull.base_sha))
    untouched = there.pull.head_sha
    made = there.graphql(token, COMMIT, input=commit_input(there, head))["data"]["createCommitOnBranch"][
        "commit"
    ]

    assert workflow["errors"][0]["type"] == "FORBIDDEN"
    assert stale["errors"][0]["type"] == "STALE_DATA"
    assert untouched == head
    assert made["message"] == "Fix\n\nAll of it"
    assert made["signature"] == {"isValid": True, "wasSignedByGitHub": True}
    assert made["author"]["email"] == f"{there.app.bot.id}+suture[bot]@users.noreply.github.com"
    assert made["parents"]["nodes"] == [{"oid": head}]
    assert there.pull.head_sha == made["oid"]


BRANCH = """mutation($branch: CreateRefInput!, $input: CreateCommitOnBranchInput!) {
  createRef(input: $branch) { ref { name target { oid } } }
  createCommitOnBranch(input: $input) { commit { parents(first: 1) { nodes { oid } } } }
}"""


def test_a_branch_and_a_commit_in_one_mutation(there: World):
    """One after the other; when the branch is refused, the commit goes its own way all the same."""
    token, head = there.token(), there.pull.head_sha
    asked = '{ repository(owner: "acme", name: "shop") { id } }'
    node = there.graphql(token, asked)["data"]["repository"]["id"]

    def ask(name: str, oid: str = head, who: str = token, where: str = node) -> dict[str, Any]:
        branch = {"repositoryId": where, "name": name, "oid": oid}
        commit = commit_input(there, head) | {
            "branch": {"repositoryNameWithOwner": "acme/shop", "branchName": name}
        }
        answer: dict[str, Any] = there.graphql(who, BRANCH, branch=branch, input=commit)
        return answer

    made = ask("refs/heads/fix")
    again = ask("refs/heads/fix")
    refused = [
        ask("fix"),
        ask("refs/heads/a..b"),
        ask("refs/heads/other", oid="0" * 40),
        ask("refs/heads/other", who=there.token(permissions={"contents": "read"})),
        ask("refs/heads/other", where="R_nowhere"),
    ]

    assert made["data"]["createRef"]["ref"] == {"name": "fix", "target": {"oid": head}}
    assert made["data"]["createCommitOnBranch"]["commit"]["parents"]["nodes"] == [{"oid": head}]
    assert [one["type"] for one in again["errors"]] == ["UNPROCESSABLE", "STALE_DATA"]
    assert "already exists" in again["errors"][0]["message"]
    assert [one["errors"][0]["path"] for one in refused] == [["createRef"]] * 5
    assert [one["errors"][0]["type"] for one in refused] == [
        *["UNPROCESSABLE"] * 3,
        "FORBIDDEN",
        "NOT_FOUND",
    ]
    assert set(there_git.refs(there.repository.path, "refs/heads/")) == {
        f"refs/heads/{name}" for name in ("main", "feature", "fix")
    }


THREADS = """query($name: String!) { repository(owner: "acme", name: $name) { pullRequest(number: 1) {
  state headRefOid reviewThreads(first: 10) { nodes { id isResolved isOutdated line comments(first: 1) {
    nodes { id databaseId body viewerDidAuthor isMinimized author { login } } } } } } } }"""


def test_threads_by_graphql(there: World):
    """Threads are read, resolved (with the right for contents) and minimised."""
    token = there.token()
    there.client().get_repo("acme/shop").get_pull(1).create_review(
        body="Look", event="COMMENT", comments=[{"path": "app.py", "line": 3, "side": "RIGHT", "body": "Hm"}]
    )

    def threads() -> list[dict[str, object]]:
        pull = there.graphql(token, THREADS, name="shop")["data"]["repository"]["pullRequest"]
        return list(pull["reviewThreads"]["nodes"])

    resolve = "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }"
    hide = (
        "mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) "
        "{ minimizedComment { isMinimized } } }"
    )
    (first,) = threads()
    weak = there.token(permissions={"pull_requests": "write"})
    refused = there.graphql(weak, resolve, id=first["id"])
    there.graphql(token, resolve, id=first["id"])
    comment = first["comments"]["nodes"][0]  # type: ignore[index]  # JSON
    there.graphql(token, hide, id=comment["id"])

    assert refused["errors"][0]["type"] == "FORBIDDEN"
    assert (comment["author"]["login"], comment["viewerDidAuthor"]) == ("suture", True)
    (now,) = threads()
    assert now["isResolved"] is True
    assert now["comments"]["nodes"][0]["isMinimized"] is True  # type: ignore[index]  # JSON


class _Receiver(BaseHTTPRequestHandler):
    """Keeps what it is sent."""

    got: list[tuple[dict[str, str], bytes]] = []  # noqa: RUF012  a new class is made for each test

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((dict(self.headers), body))
        self.send_response(202)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    handler = type("Receiver", (_Receiver,), {"got": []})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook", handler.got
        server.shutdown()
        thread.join()


def test_deliveries(there: World, receiver: tuple[str, list[tuple[dict[str, str], bytes]]]):
    """The life of a pull request is delivered, signed over the raw bytes; a redelivery keeps its GUID."""
    there.app.hook_url, got = receiver
    state, home, pull = there.state, there.repository, there.pull
    set_draft(state, pull, draft=True)
    set_draft(state, pull, draft=False)
    push_files(state, home, "feature", {"x.py": "x\n"})
    push_files(state, home, "feature", {"y.py": "y\n"}, base="main")
    close(state, pull)
    reopen(state, pull)
    delete_branch(state, home, "feature")
    state.hooks.redeliver(state.hooks.deliveries[-1])
    state.hooks.wait()

    actions = [
        json.loads(body).get("action") for headers, body in got if headers["X-GitHub-Event"] == "pull_request"
    ]
    assert actions == [
        "converted_to_draft",
        "ready_for_review",
        "synchronize",
        "synchronize",
        "closed",
        "reopened",
    ]
    headers, body = got[-1]
    digest = hmac.new(there.app.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature-256"] == f"sha256={digest}"
    assert headers["X-GitHub-Delivery"] == got[-2][0]["X-GitHub-Delivery"]
    assert json.loads(body)["installation"]["id"] == there.installation.id
    assert state.hooks.deliveries[-1].statuses == [202, 202]


def test_buttons(there: World):
    """A button of a finished check run is delivered with its identifier; before that there is none."""
    repository = there.client().get_repo("acme/shop")
    run = repository.create_check_run(
        "Suture", there.pull.head_sha, actions=[{"label": "Fix", "description": "Do it", "identifier": "fix"}]
    )
    made = there.state.check_runs[0]
    with pytest.raises(ValueError, match="no button"):
        press_button(there.state, made, "fix")
    run.edit(conclusion="neutral")
    press_button(there.state, made, "fix")

    payload = there.state.hooks.deliveries[-1].payload
    assert payload["requested_action"] == {"identifier": "fix"}
    assert payload["check_run"]["id"] == run.id
    assert payload["check_run"]["pull_requests"][0]["number"] == 1
