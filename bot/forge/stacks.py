"""Our fixes on top of each other in one pull request: made, found again, and taken away."""

from __future__ import annotations

from typing import Any

from bot.errors import GoneError
from bot.forge.answers import understood
from bot.forge.api import Api, RefusedError
from bot.forge.carry_out import commit_input, query
from bot.forge.fixes import FixCommit, Fixes
from bot.forge.writes import CommitFix, StackFixes

MOST = 25  # commits on top of each other


def raise_stack(api: Api, repository: str, write: StackFixes) -> str:
    """The pull request's address. Raises RefusedError when the branch holds something else."""
    home = f"/repos/{repository}"
    tip = branch_tip(api, home, write.branch)
    if not tip:
        tip = write.base_sha
        api.call("POST", f"{home}/git/refs", {"ref": f"refs/heads/{write.branch}", "sha": tip})
    found = _commits(Fixes(api, repository), tip, write.base_sha)
    there = [one.fingerprint for one in found or ()]
    if found is None or there != [one.fingerprint for one in write.fixes[: len(there)]]:
        raise RefusedError(f"The branch {write.branch} holds something that is not our fixes.", 422)
    for one in write.fixes[len(there) :]:
        tip = _commit(api, repository, write.branch, tip, one)
    opened = pulls_from(api, home, write.branch, "all")
    if not opened:  # one that somebody closed stays closed
        asked = {"title": write.title, "body": write.body, "head": write.branch, "base": write.into}
        opened = [api.call("POST", f"{home}/pulls", asked)]
    with understood("a pull request"):
        return str(opened[0]["html_url"])


def drop_stack(api: Api, repository: str, branch: str, why: str) -> bool:
    """Whether the branch is gone: not one with a commit of somebody else's, or in another's pull request."""
    home, fixes = f"/repos/{repository}", Fixes(api, repository)
    tip, base = branch_tip(api, home, branch), branch.rpartition("-")[2]
    opened = pulls_from(api, home, branch, "open")
    with understood("pull requests"):
        is_ours = all((one["user"] or {}).get("id") == fixes.bot for one in opened)
        if not is_ours or (tip and _commits(fixes, tip, base) is None):
            return False
        for one in opened:
            body = f"{why}\n\n{one['body'] or ''}"
            api.call("PATCH", f"{home}/pulls/{one['number']}", {"state": "closed", "body": body})
    if tip:
        api.call("DELETE", f"{home}/git/refs/heads/{branch}")
    return True


def branch_tip(api: Api, home: str, branch: str) -> str:
    """Where the branch stands; empty when there is none."""
    try:
        answer = api.call("GET", f"{home}/git/ref/heads/{branch}")
    except GoneError:
        return ""
    with understood("a branch"):
        return str(answer["object"]["sha"])


def pulls_from(api: Api, home: str, branch: str, state: str) -> list[Any]:
    """The pull requests that are made from a branch of the repository's own."""
    owner = home.split("/")[2]
    return list(api.call("GET", f"{home}/pulls", query={"head": f"{owner}:{branch}", "state": state}))


def _commits(fixes: Fixes, tip: str, base: str) -> list[FixCommit] | None:
    """Our commits from the one whose id begins with `base` to the tip, the oldest first; None for others'."""
    found: list[FixCommit] = []
    while not tip.startswith(base):
        one = fixes.read(tip) if len(found) < MOST else None
        if one is None:
            return None
        found.append(one)
        tip = one.parent
    return found[::-1]


def _commit(api: Api, repository: str, branch: str, tip: str, fix: CommitFix) -> str:
    answer = api.graphql(query("commit"), {"commit": commit_input(repository, branch, tip, fix)})
    with understood("the fix commit"):
        return str(answer["createCommitOnBranch"]["commit"]["oid"])
