"""Takes our fix branches away when their pull request is closed: ours alone, where nobody uses them."""

from __future__ import annotations

import re
from typing import Any

from bot.errors import GoneError
from bot.forge.answers import read_pull, understood
from bot.forge.api import Api, RefusedError
from bot.forge.app_auth import CLOSE_RIGHTS, Tokens
from bot.forge.markers import FIX_BRANCHES, TRAILER, is_stack
from bot.forge.stacks import drop_stack, pulls_from
from bot.records import ClosedPull
from bot.settings import Settings

_NAME = re.compile(r"pr-\d+-([0-9a-f]{8})-([0-9a-f]{7})")  # of finding and head
_FINDING = re.compile(rf"^{TRAILER}: ([0-9a-f]+)$", re.MULTILINE)


def delete_fix_branches(closed: ClosedPull, settings: Settings, tokens: Tokens, over: str) -> tuple[str, ...]:
    """The names of those that were deleted; () when the pull request is open again. May be done twice.

    A branch whose tip is not our commit, or that another pull request is made from, stays; our own stacked
    ones are closed, saying that it is `over`. Raises ForgeError.
    """
    api = tokens.api(closed.installation_id, closed.repository_id, CLOSE_RIGHTS)
    home = f"/repos/{closed.repository}"
    pull = read_pull(api.call("GET", f"{home}/pulls/{closed.number}"))
    if pull.is_open or pull.repository_id != closed.repository_id:
        return ()
    prefix = f"heads/{FIX_BRANCHES}pr-{closed.number}-"
    with understood("the fix branches"):
        refs = [
            (str(one["ref"]).removeprefix("refs/heads/"), str(one["object"]["sha"]))
            for one in api.call("GET", f"{home}/git/matching-refs/{prefix}")
        ]
    stacked = [name for name, _ in refs if is_stack(name)]
    dropped = [name for name in stacked if drop_stack(api, closed.repository, name, over)]
    ours = [name for name, tip in refs if _is_ours(api, home, name, tip)]
    deleted = [name for name in ours if not pulls_from(api, home, name, "open") and _delete(api, home, name)]
    return (*dropped, *deleted)


def _is_ours(api: Api, home: str, branch: str, tip: str) -> bool:
    """Whether the tip is the one commit that the branch was made for: its finding, on its head."""
    named = _NAME.fullmatch(branch.removeprefix(FIX_BRANCHES))
    if named is None:
        return False
    commit: Any = api.call("GET", f"{home}/git/commits/{tip}")
    with understood("a commit"):
        findings = _FINDING.findall(commit["message"])
        parents = [str(one["sha"])[:7] for one in commit["parents"]]
    return [one[:8] for one in findings[-1:]] == [named[1]] and parents == [named[2]]


def _delete(api: Api, home: str, branch: str) -> bool:
    """False when it was gone already."""
    try:
        api.call("DELETE", f"{home}/git/refs/heads/{branch}")
    except GoneError:
        return False
    except RefusedError as refusal:
        if refusal.status != 422 or api.call("GET", f"{home}/git/matching-refs/heads/{branch}"):
            raise
        return False
    return True
