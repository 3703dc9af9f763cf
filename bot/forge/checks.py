"""Carries out what is to be shown in our check run; done twice, it changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from bot.errors import GoneError
from bot.forge.answers import understood
from bot.forge.carry_out import Target
from bot.forge.markers import CHECK_NAME
from bot.forge.writes import Annotation, CompleteCheck, StartCheck

MOST_ANNOTATIONS = 50  # in one call
RUNNING = {
    "title": "Review is running",
    "summary": "The changed lines are read, and every suspicion is put to the test before anything is said.",
}


def start_check(target: Target, write: StartCheck) -> str:
    """The check run's address."""
    run = _find_check(target, write.head_sha, write.external_id)
    if run is None:
        run = target.api.call("POST", f"{target.path}/check-runs", _new_check(write) | {"output": RUNNING})
    with understood("a check run"):
        return str(run["html_url"])


def complete_check(target: Target, write: CompleteCheck) -> str:
    """The check run's address. However often it is done, each annotation is there once."""
    if write.check_run_id is not None and not write.annotations:
        # Ending a check run twice changes nothing, so nothing has to be known of it but its number.
        try:
            return _patch(target, write.check_run_id, _ending(write))
        except GoneError:
            pass  # it is looked for below
    run = _find_check(target, write.head_sha, write.external_id)
    if run is None and write.conclusion == "cancelled" and not write.buttons:
        return "there was no check run to cancel"
    with understood("a check run"):
        if run is None:
            begun = {"output": RUNNING} if write.annotations else _ending(write)
            run = target.api.call("POST", f"{target.path}/check-runs", _new_check(write) | begun)
            if not write.annotations:
                return str(run["html_url"])
        return _end(target, run, write)


def _end(target: Target, run: Any, write: CompleteCheck) -> str:
    """GitHub takes fifty annotations a call and appends them: those go first that are not there yet."""
    ending = _ending(write)
    missing = _missing(target, run, write.annotations)
    while len(missing) > MOST_ANNOTATIONS:
        some, missing = missing[:MOST_ANNOTATIONS], missing[MOST_ANNOTATIONS:]
        _patch(target, run["id"], {"output": ending["output"] | {"annotations": some}})
    if missing:
        ending["output"]["annotations"] = missing
    return _patch(target, run["id"], ending)


def _missing(target: Target, run: Any, wanted: Sequence[Annotation]) -> list[dict[str, Any]]:
    left = [_annotation(one) for one in wanted]
    if not left or not run["output"]["annotations_count"]:
        return left
    there = Counter(map(_key, target.api.pages(f"{target.path}/check-runs/{run['id']}/annotations")))
    new: list[dict[str, Any]] = []
    for one in left:
        if there[_key(one)]:
            there[_key(one)] -= 1
        else:
            new.append(one)
    return new


def _key(annotation: Any) -> tuple[str, int, int, str]:
    title = str(annotation["title"] or "").strip()
    return annotation["path"], annotation["start_line"], annotation["end_line"], title


def _patch(target: Target, check_run_id: int, changes: dict[str, Any]) -> str:
    made = target.api.call("PATCH", f"{target.path}/check-runs/{check_run_id}", changes)
    with understood("a check run"):
        return str(made["html_url"])


def _ending(write: CompleteCheck) -> dict[str, Any]:
    output = {"title": write.title, "summary": write.summary} | ({"text": write.text} if write.text else {})
    actions = [
        {"identifier": one.command, "label": one.label, "description": one.description}
        for one in write.buttons
    ]
    return {"status": "completed", "conclusion": write.conclusion, "output": output, "actions": actions}


def _annotation(one: Annotation) -> dict[str, Any]:
    return {
        "path": one.path,
        "start_line": one.start_line,
        "end_line": one.end_line,
        "annotation_level": one.level,
        "title": one.title,
        "message": one.message,
    }


def _new_check(write: StartCheck | CompleteCheck) -> dict[str, Any]:
    return {
        "name": CHECK_NAME,
        "head_sha": write.head_sha,
        "external_id": write.external_id,
        "status": "in_progress",
    }


def _find_check(target: Target, head_sha: str, external_id: str) -> Any:
    asked = {"check_name": CHECK_NAME, "filter": "all"}
    runs = target.api.pages(f"{target.path}/commits/{head_sha}/check-runs", asked, within="check_runs")
    return next((run for run in runs if run["external_id"] == external_id), None)
