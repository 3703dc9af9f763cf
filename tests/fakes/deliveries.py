"""Deliveries as GitHub signs them."""

from __future__ import annotations

import hashlib
import hmac
import json

from tests.fakes.databases import WEBHOOK_SECRET


def signature(body: bytes, secret: str = WEBHOOK_SECRET) -> str:
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def headers(body: bytes, event: str, guid: str, secret: str = WEBHOOK_SECRET) -> dict[str, str]:
    """The headers of a delivery."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/0123456",
        "X-GitHub-Delivery": guid,
        "X-GitHub-Event": event,
        "X-Hub-Signature-256": signature(body, secret),
    }


def comment(body: object, *, on_issue: bool = False, login: str = "dana", **of_comment: object) -> bytes:
    """An `issue_comment` delivery's body, with no more in it than is read."""
    payload = {
        "action": "created",
        "installation": {"id": 5},
        "repository": {"id": 7, "full_name": "octo/repo"},
        "issue": {"number": 3} | ({} if on_issue else {"pull_request": {"url": "u"}}),
        "comment": {"id": 11, "body": body, "created_at": "2026-01-01T00:00:05Z", **of_comment},
        "sender": {"login": login},
    }
    return json.dumps(payload).encode()


def line_comment(body: object, *, login: str = "dana", **of_comment: object) -> bytes:
    """A `pull_request_review_comment` delivery's body, with no more in it than is read."""
    payload = {
        "action": "created",
        "installation": {"id": 5},
        "repository": {"id": 7, "full_name": "octo/repo"},
        "pull_request": {"number": 3},
        "comment": {"id": 12, "body": body, "created_at": "2026-01-01T00:00:05Z", **of_comment},
        "sender": {"login": login},
    }
    return json.dumps(payload).encode()


def check_run(action: str, external_id: str, *, login: str = "dana", **more: object) -> bytes:
    """A `check_run` delivery's body, with no more in it than is read."""
    payload = {
        "action": action,
        "installation": {"id": 5},
        "repository": {"id": 7, "full_name": "octo/repo"},
        "check_run": {"external_id": external_id},
        "sender": {"login": login},
        **more,
    }
    return json.dumps(payload).encode()


def check_suite(action: str, *pulls: object, login: str = "dana") -> bytes:
    """A `check_suite` delivery's body, with no more in it than is read."""
    payload = {
        "action": action,
        "installation": {"id": 5},
        "repository": {"id": 7, "full_name": "octo/repo"},
        "check_suite": {"pull_requests": pulls},
        "sender": {"login": login},
    }
    return json.dumps(payload).encode()


def pull_request(action: str, head: str = "a", **of_pull: object) -> bytes:
    """A `pull_request` delivery's body, with no more in it than is read."""
    pull = {
        "number": 3,
        "state": "open",
        "draft": False,
        "updated_at": "2026-01-01T00:00:00Z",
        "head": {"sha": head * 40},
        **of_pull,
    }
    payload = {
        "action": action,
        "number": 3,
        "installation": {"id": 5},
        "repository": {"id": 7, "full_name": "octo/repo"},
        "pull_request": pull,
    }
    return json.dumps(payload).encode()
