"""Verified headers and bytes → `Delivery`. Asks for what is needed and lets GitHub add whatever it likes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

T = TypeVar("T")

LARGEST = 26 * 1024 * 1024  # bytes; GitHub sends nothing above 25 MB
_GUID = re.compile(r"[0-9A-Za-z-]{1,64}")
_EVENT = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Refused(Exception):
    """The request is not taken; `status` and the message are the answer."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery whose signature was found good."""

    guid: str
    event: str
    action: str  # "" for events without one
    payload: Mapping[str, object]

    def find(self, kind: type[T], *path: str) -> T | None:
        """What stands at `path` in the payload if it is a `kind`, else None."""
        found: object = self.payload
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        if isinstance(found, bool) and kind is not bool:
            return None
        return found if isinstance(found, kind) else None

    def need(self, kind: type[T], *path: str) -> T:
        """Like `find`. Raises Refused (400) when it is not there."""
        found = self.find(kind, *path)
        if found is None:
            raise Refused(HTTPStatus.BAD_REQUEST, f"The payload has no usable {'.'.join(path)}.")
        return found


def read_delivery(header: Callable[[str], str], body: bytes) -> Delivery:
    """The delivery of a request; `header(name)` is "" for one that it has not. Raises Refused (400, 415)."""
    guid = _well_formed(header, "X-GitHub-Delivery", _GUID)
    event = _well_formed(header, "X-GitHub-Event", _EVENT)
    if header("Content-Type").split(";")[0].strip().lower() != "application/json":
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Set the webhook's content type to application/json."
        )
    payload = _read_json(body)
    action = payload.get("action")
    return Delivery(guid, event, action if isinstance(action, str) else "", payload)


def _well_formed(header: Callable[[str], str], name: str, form: re.Pattern[str]) -> str:
    value = header(name)
    if not form.fullmatch(value):
        raise Refused(HTTPStatus.BAD_REQUEST, f"{name} is missing or ill-formed.")
    return value


def _read_json(body: bytes) -> Mapping[str, object]:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise Refused(HTTPStatus.BAD_REQUEST, "The body is not JSON.") from exc
    if not isinstance(payload, dict):
        raise Refused(HTTPStatus.BAD_REQUEST, "The body has to be a JSON object.")
    return payload
