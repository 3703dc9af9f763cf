"""REST: check runs. An App writes its own only."""

from __future__ import annotations

from datetime import datetime

from bot.demo.github import git, shapes_pulls
from bot.demo.github.calls import Answer, ApiError, Call, Route, bad_request, not_found, paged
from bot.demo.github.events import suite
from bot.demo.github.records import CheckRun, Json
from bot.demo.github.rules import check_check_run


def _create_check_run(call: Call) -> Answer:
    installation = call.caller.installation
    if installation is None:
        raise ApiError(403, "You must authenticate via a GitHub App.")
    check_check_run(call.json, creating=True)
    sha = call.json["head_sha"]
    if git.resolve(call.repository.path, sha) != sha:
        raise ApiError(422, f"No commit found for SHA: {sha}")
    made = CheckRun(
        id=call.state.next_id(),
        suite=suite(call.state, call.repository, sha),
        name=call.json["name"],
        external_id="",
        details_url=call.text("details_url") or "https://example.com",
        status="queued",
        conclusion=None,
        started_at=call.state.now(),
        completed_at=None,
    )
    _write(call, made)
    call.state.check_runs.append(made)
    return Answer(shapes_pulls.check_run(call.state, made), 201)


def _update_check_run(call: Call) -> Answer:
    one = _check_run(call)
    installation = call.caller.installation
    if installation is None or one.suite.app is not installation.app:
        raise ApiError(
            403, "Invalid app_id `{}` - check run can only be modified by the GitHub App that created it."
        )
    check_check_run(call.json, creating=False)
    _write(call, one)
    return Answer(shapes_pulls.check_run(call.state, one))


def _write(call: Call, one: CheckRun) -> None:
    for name in ("name", "external_id", "details_url", "status"):
        value = call.text(name)
        if value is not None:
            setattr(one, name, value)
    conclusion = call.text("conclusion")
    if conclusion is not None:  # giving a conclusion completes the run
        one.conclusion, one.status = conclusion, "completed"
        one.completed_at = _moment(call, "completed_at") or call.state.now()
    elif one.status != "completed":
        one.conclusion = one.completed_at = None
    one.started_at = _moment(call, "started_at") or one.started_at
    _write_output(call.json.get("output"), one)
    if "actions" in call.json:
        one.actions = call.json["actions"]


def _write_output(output: Json | None, one: CheckRun) -> None:
    if output is None:
        return
    one.title, one.summary = output["title"], output["summary"]
    one.text = output.get("text", one.text)
    one.annotations += output.get("annotations") or []


def _moment(call: Call, name: str) -> datetime | None:
    text = call.text(name)
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        raise bad_request(f"For '{name}', {text!r} is not a timestamp.") from None


def _check_run(call: Call) -> CheckRun:
    for one in call.state.check_runs:
        if one.id == call.args["id"] and one.suite.repository is call.repository:
            return one
    raise not_found()


def _get_check_run(call: Call) -> Answer:
    return Answer(shapes_pulls.check_run(call.state, _check_run(call)))


def _list_check_runs(call: Call) -> Answer:
    sha = git.resolve(call.repository.path, call.args["ref"])
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {call.args['ref']}")
    found = [one for one in call.state.check_runs if one.suite.repository is call.repository]
    found = [one for one in found if one.suite.head_sha == sha and _wanted(call, one)]
    if call.query.get("filter", "latest") == "latest":
        found = list({(one.suite.app.id, one.name): one for one in found}.values())
    return paged(call, found, lambda one: shapes_pulls.check_run(call.state, one), "check_runs")


def _wanted(call: Call, one: CheckRun) -> bool:
    asked = {"check_name": one.name, "app_id": str(one.suite.app.id), "status": one.status}
    return all(call.query.get(name, value) == value for name, value in asked.items())


def _list_annotations(call: Call) -> Answer:
    blob = {"start_column": None, "end_column": None, "title": None, "raw_details": None, "blob_href": ""}
    return paged(call, _check_run(call).annotations, lambda one: blob | one)


_RUN = "/repos/<owner>/<repo>/check-runs/<int:id>"
ROUTES = (
    Route("POST", "/repos/<owner>/<repo>/check-runs", _create_check_run, "checks:write"),
    Route("GET", _RUN, _get_check_run, "checks:read"),
    Route("PATCH", _RUN, _update_check_run, "checks:write"),
    Route("GET", f"{_RUN}/annotations", _list_annotations, "checks:read"),
    Route("GET", "/repos/<owner>/<repo>/commits/<path:ref>/check-runs", _list_check_runs, "checks:read"),
)
