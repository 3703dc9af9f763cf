"""A merge queue: a pull request is put on top of its base branch on a branch of GitHub's own."""

from __future__ import annotations

from bot.demo.github import git
from bot.demo.github.events import emit, suite
from bot.demo.github.records import PullRequest
from bot.demo.github.shapes import stamp
from bot.demo.github.state import GitHub


def enqueue(state: GitHub, pull: PullRequest, *, by: str = "dana") -> str:
    """Put it into the queue; the new commit's sha. Delivers `merge_group` (checks_requested)."""
    with state.lock:
        home, who = pull.repository, state.account(by)
        base = git.resolve(home.path, f"refs/heads/{pull.base_ref}") or pull.base_sha
        tree = git.git(home.path, "merge-tree", "--write-tree", base, pull.head_sha).decode().split()[0]
        now = state.now()
        signature = git.Signature(who.login, who.email, now)
        message = f"Merge pull request #{pull.number} from {pull.head_owner.login}/{pull.head_ref}"
        head = git.commit_tree(home.path, tree, (base, pull.head_sha), message, signature, signature)
        ref = f"refs/heads/gh-readonly-queue/{pull.base_ref}/pr-{pull.number}-{base}"
        git.update_ref(home.path, ref, head)
        suite(state, home, head)
        name = {"name": who.login, "email": who.email}
        commit = {"id": head, "tree_id": tree, "message": message, "timestamp": stamp(now)}
        group = {
            "head_sha": head,
            "head_ref": ref,
            "base_sha": base,
            "base_ref": f"refs/heads/{pull.base_ref}",
            "head_commit": commit | {"author": name, "committer": name},
        }
        emit(state, home, "merge_group", who, {"action": "checks_requested", "merge_group": group})
        return head
