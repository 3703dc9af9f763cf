"""What GitHub refuses on a pull request or a check run, in the words it refuses it with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from bot.demo.github.calls import ApiError, bad_request, invalid, refused
from bot.demo.github.diffs import FileDiff, Row, row_at
from bot.demo.github.records import Anchor, Json, Side

MAX_BODY = 65_536
MAX_OUTPUT = 65_535
MAX_ANNOTATIONS = 50
MAX_ACTIONS = 3
_ACTION_LENGTHS = {"label": 20, "description": 40, "identifier": 20}
_CONCLUSIONS = {"action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"}
_STATUSES = {"queued", "in_progress", "completed"}
_LEVELS = {"notice", "warning", "failure"}


def check_body(body: str, resource: str) -> str:
    """The body, if GitHub would take it. Raises ApiError (422)."""
    if not body.strip():
        raise invalid(resource, "body", "body can't be blank", "missing_field")
    if len(body) > MAX_BODY:
        raise invalid(resource, "body", f"body is too long (maximum is {MAX_BODY} characters)")
    return body


# ------------------------------------------------------------------------- where an inline comment may stand


def read_anchor(comment: Mapping[str, Any]) -> Anchor:
    """A comment's place as it was sent. Raises ApiError (422) for what is no place at all."""
    if "position" in comment:
        raise bad_request('"position" is being withdrawn; send "line" and "side".')
    if not isinstance(comment.get("path"), str):
        raise bad_request('"path" wasn\'t supplied.')
    sides = {name: comment.get(name) for name in ("side", "start_side")}
    for name, value in sides.items():
        if value not in {None, "LEFT", "RIGHT"}:
            raise bad_request(f"For '{name}', {value!r} is not a member of LEFT, RIGHT.")
    for name in ("line", "start_line"):
        value = comment.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            raise bad_request(f"For '{name}', {value!r} is not an integer.")
    side = cast("Side", sides["side"] or "RIGHT")
    start_side = cast("Side | None", sides["start_side"] or (side if comment.get("start_line") else None))
    return Anchor(comment["path"], side, comment.get("line"), comment.get("start_line"), start_side)


def resolve_anchor(anchor: Anchor, files: tuple[FileDiff, ...]) -> tuple[Row, str]:
    """The row a comment stands on, and its file's patch. Raises ApiError (422) with GitHub's reason."""
    file = next((one for one in files if one.path == anchor.path), None)
    if file is None:
        raise refused("Path could not be resolved")
    if anchor.line is None or file.patch is None:
        raise refused("Line could not be resolved")
    row = row_at(file.patch, anchor.side, anchor.line)
    if row is None:
        raise refused("Pull request review thread line must be part of the diff")
    if anchor.start_line is not None:
        _check_range(anchor, file.patch, row)
    return row, file.patch


def _check_range(anchor: Anchor, patch: str, last: Row) -> None:
    first = row_at(patch, anchor.start_side or anchor.side, anchor.start_line or 0)
    if first is None:
        raise refused("Pull request review thread start line must be part of the diff")
    if first.position >= last.position:
        raise refused("Pull request review thread start line must precede the end line.")
    if first.hunk != last.hunk:
        raise refused("Pull request review thread start line must be part of the same hunk as the line.")


# --------------------------------------------------------------------------- check runs


def check_check_run(body: Json, *, creating: bool) -> None:
    """Raises ApiError (422) for a check run's fields that GitHub would refuse."""
    for name in ("name", "head_sha") if creating else ():
        if not isinstance(body.get(name), str) or not body[name]:
            raise bad_request(f'"{name}" wasn\'t supplied.')
    status, conclusion = body.get("status"), body.get("conclusion")
    if status not in _STATUSES | {None}:
        raise bad_request(f"For 'status', {status!r} is not a member of {', '.join(sorted(_STATUSES))}.")
    if conclusion not in _CONCLUSIONS | {None}:
        raise bad_request(
            f"For 'conclusion', {conclusion!r} is not a member of {', '.join(sorted(_CONCLUSIONS))}."
        )
    if status == "completed" and conclusion is None:
        raise bad_request('"conclusion" wasn\'t supplied. It is required when the status is completed.')
    if body.get("output") is not None:
        _check_output(body["output"])
    _check_actions(body.get("actions") or [])


def _check_output(output: Json) -> None:
    for name in ("title", "summary"):
        if not isinstance(output.get(name), str):
            raise bad_request(f'"{name}" wasn\'t supplied.')
    limits = {"title": 255, "summary": MAX_OUTPUT, "text": MAX_OUTPUT}
    for name, limit in limits.items():
        size = len(output.get(name) or "")
        if size > limit:
            raise bad_request(f"Only {limit} characters are allowed; {size} were supplied.")
    annotations = output.get("annotations") or []
    if len(annotations) > MAX_ANNOTATIONS:
        raise bad_request(
            f"No more than {MAX_ANNOTATIONS} items are allowed; {len(annotations)} were supplied."
        )
    for one in annotations:
        _check_annotation(one)


def _check_annotation(one: Json) -> None:
    for name in ("path", "start_line", "end_line", "annotation_level", "message"):
        if name not in one:
            raise bad_request(f'"{name}" wasn\'t supplied.')
    if one["annotation_level"] not in _LEVELS:
        raise bad_request(f"For 'annotation_level', {one['annotation_level']!r} is not a member of notice, …")
    if one["start_line"] > one["end_line"]:
        raise bad_request("end_line must be greater than or equal to start_line.")
    if one["start_line"] != one["end_line"] and ("start_column" in one or "end_column" in one):
        raise bad_request("start_column and end_column are allowed only on a single line.")
    for name, limit in (("message", 65_536), ("raw_details", 65_536), ("title", 255)):
        if len((one.get(name) or "").encode()) > limit:
            raise bad_request(f"{name} exceeds its maximum size of {limit} bytes.")


def _check_actions(actions: list[Json]) -> None:
    if len(actions) > MAX_ACTIONS:
        raise bad_request(f"No more than {MAX_ACTIONS} items are allowed; {len(actions)} were supplied.")
    for one in actions:
        for name, limit in _ACTION_LENGTHS.items():
            value = one.get(name)
            if not isinstance(value, str):
                raise bad_request(f'"{name}" wasn\'t supplied.')
            if len(value) > limit:
                raise bad_request(f"Only {limit} characters are allowed; {len(value)} were supplied.")


# --------------------------------------------------------------------------- git


def check_ref_name(ref: str) -> str:
    """The full name of a ref to make. Raises ApiError (422)."""
    bad = re.search(r"\.\.|[\x00-\x20~^:?*\[\\\x7f]|@\{|//|/\.|\.lock(/|$)|[./]$", ref)
    if (
        not ref.startswith("refs/")
        or ref.count("/") < 2
        or bad
        or not ref.startswith(("refs/heads/", "refs/tags/"))
    ):
        raise ApiError(422, f"Reference name is not valid: {ref!r}")
    return ref
