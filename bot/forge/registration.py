"""What the App asks of GitHub: permissions, events, addresses. Set-up, doctor and deploy/ read it here.

`python -m bot.forge.registration` writes deploy/app-manifest.json anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests
from github import Github, GithubException
from urllib3.util import Retry

from bot.errors import ForgeError, ForgeUnavailable, GoneError, InputError
from bot.forge.api import TIMEOUT, VERSION
from bot.forge.app_auth import JOB_RIGHTS

# name: the level, and what it is for
PERMISSIONS: Mapping[str, tuple[str, str]] = {
    "checks": (JOB_RIGHTS["checks"], "the check run with the report and its buttons"),
    "contents": (JOB_RIGHTS["contents"], "reading the code, branches with proven fixes, resolving threads"),
    "issues": ("read", "hearing of comments in a pull request's conversation"),
    "metadata": ("read", "what GitHub gives to every App"),
    "pull_requests": (JOB_RIGHTS["pull_requests"], "reviews, comments and suggestions"),
}
# Granted or not, both are right: what they are for is left out without them.
OPTIONAL_PERMISSIONS: Mapping[str, str] = {
    "members": "read",
    "merge_queues": "read",
    "security_events": "write",
}
OPTIONAL_EVENTS: Mapping[str, str] = {"merge_group": "merge_queues"}  # event → the permission it comes with
EVENTS = ("issue_comment", "pull_request", "pull_request_review_comment")
# They come to every App, or to every App that may write checks, and are not to be listed.
UNASKED_EVENTS = (
    "check_run",
    "check_suite",
    "github_app_authorization",
    "installation",
    "installation_repositories",
    "ping",
)
WEBHOOK_PATH = "/webhooks/github"
SIGN_IN_PATH = "/dashboard/signed-in"
LONGEST_NAME = 34
EXAMPLE = "https://suture.example.com"
FILE = Path(__file__).parents[2] / "deploy" / "app-manifest.json"
_CODE = re.compile(r"[0-9A-Za-z_-]{1,200}")


def manifest(public_url: str, *, name: str = "Suture", redirect_url: str = "") -> dict[str, Any]:
    """The App's manifest for a server at `public_url`; GitHub leads back to `redirect_url`."""
    made: dict[str, Any] = {
        "name": name,
        "description": "Finds security defects in pull requests, fixes them, and proves the fix.",
        "url": public_url,
        "hook_attributes": {"url": public_url + WEBHOOK_PATH, "active": True},
        "callback_urls": [public_url + SIGN_IN_PATH],
        "public": False,
        "default_permissions": {name: level for name, (level, _) in PERMISSIONS.items()},
        "default_events": list(EVENTS),
    }
    return made | ({"redirect_url": redirect_url} if redirect_url else {})


def convert(api_url: str, code: str) -> dict[str, Any]:
    """The App that GitHub made of a manifest, with its credentials. GitHub gives them once.

    Raises InputError (the code is none), GoneError (it is used up or older than an hour), ForgeUnavailable
    (it may have been used up all the same), ForgeError.
    """
    if not _CODE.fullmatch(code):
        raise InputError("The address has no code of GitHub's in it.")
    try:
        _, answer = Github(
            base_url=api_url,
            timeout=TIMEOUT,
            user_agent="suture",
            # Whether a POST that broke off had an effect is not known.
            retry=Retry(total=0, raise_on_status=False),
            api_version=VERSION,
        ).requester.requestJsonAndCheck("POST", f"/app-manifests/{code}/conversions")
    except GithubException as exc:
        raise _translated(exc) from exc
    except requests.RequestException as exc:
        raise ForgeUnavailable(f"GitHub cannot be reached at {api_url} ({type(exc).__name__}).") from exc
    if not isinstance(answer, dict) or "slug" not in answer:
        raise ForgeError(f"What answers at {api_url} is not GitHub's API. Check SUTURE_GITHUB_API_URL.")
    return answer


def _translated(exc: GithubException) -> ForgeError:
    if exc.status in {404, 410, 422}:
        return GoneError("GitHub does not know the code: it was used before, or is older than an hour.")
    if exc.status in {403, 429} or exc.status >= 500:
        return ForgeUnavailable(f"GitHub answered with {exc.status}; try again in a minute.")
    return ForgeError(f"GitHub refused with {exc.status}.")


def text() -> str:
    """What belongs in deploy/app-manifest.json."""
    return json.dumps(manifest(EXAMPLE), indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
