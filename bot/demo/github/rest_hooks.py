"""REST: the App's own webhook, its deliveries, and what a GitHub says of itself."""

from __future__ import annotations

from datetime import timedelta

from bot.demo.github.calls import Answer, ApiError, Call, Route
from bot.demo.github.records import App, Json
from bot.demo.github.shapes import stamp
from bot.demo.github.webhooks import Attempt

_KEPT = timedelta(days=3)
_WORDS = {0: ("failed to connect to host", 502)}  # what GitHub says where nobody answered


def _get_config(call: Call) -> Answer:
    app = _app(call)
    if not app.hook_url:
        raise ApiError(404, "Not Found")
    config: Json = {
        "url": app.hook_url,
        "content_type": app.hook_content_type,
        "insecure_ssl": app.hook_insecure_ssl,
    }
    return Answer(config | ({"secret": "********"} if app.webhook_secret else {}))


def _list_deliveries(call: Call) -> Answer:
    """The latest first; `status` and `cursor` as GitHub has them."""
    attempts = _kept(call)
    wanted = call.query.get("status", "")
    if wanted not in {"", "success", "failure"}:
        raise ApiError(422, "Validation Failed")
    chosen = [one for one in attempts if not wanted or _is_good(one) == (wanted == "success")]
    if cursor := call.query.get("cursor", ""):
        if not cursor.isdecimal():
            raise ApiError(400, "Invalid cursor")
        chosen = [one for one in chosen if one.id <= int(cursor)]
    size = call.query.get("per_page", "30")
    most = min(max(int(size) if size.isdecimal() else 30, 1), 100)
    more = chosen[most:]
    address = f"{call.state.api}/app/hook/deliveries?per_page={most}"
    link = {"Link": f'<{address}&cursor={more[0].id}>; rel="next"'} if more else {}
    return Answer([_item(one) for one in chosen[:most]], headers=link)


def _kept(call: Call) -> list[Attempt]:
    """The App's, of the days for which GitHub keeps them."""
    since = call.state.now() - _KEPT
    found = reversed(call.state.hooks.attempts)
    return [one for one in found if one.delivery.app is _app(call) and one.at >= since]


def _send_again(call: Call) -> Answer:
    for one in _kept(call):
        if one.id == call.args["id"]:
            call.state.hooks.redeliver(one.delivery)
            return Answer({}, 202)
    raise ApiError(404, "Not Found")


def _app(call: Call) -> App:
    if call.caller.app is None:
        raise ApiError(401, "A JSON web token could not be decoded")
    return call.caller.app


def _is_good(attempt: Attempt) -> bool:
    return 200 <= attempt.status < 400


def _item(attempt: Attempt) -> Json:
    """hook-delivery-item."""
    delivery = attempt.delivery
    said = "OK" if _is_good(attempt) else f"Invalid HTTP Response: {attempt.status}"
    word, code = _WORDS.get(attempt.status, (said, attempt.status))
    repository = delivery.payload.get("repository") or {}
    return {
        "id": attempt.id,
        "guid": delivery.guid,
        "delivered_at": stamp(attempt.at),
        "redelivery": attempt.again,
        "duration": 0.1,
        "status": word,
        "status_code": code,
        "event": delivery.event,
        "action": delivery.action or None,
        "installation_id": delivery.installation_id,
        "repository_id": repository.get("id"),
        "throttled_at": None,
    }


def _get_meta(call: Call) -> Answer:
    """api-overview; an Enterprise Server also tells its version."""
    told: Json = {"verifiable_password_authentication": False}
    version = call.state.enterprise_version
    return Answer(told | ({"installed_version": version} if version else {}))


ROUTES = (
    Route("GET", "/app/hook/config", _get_config, "app"),
    Route("GET", "/app/hook/deliveries", _list_deliveries, "app"),
    Route("POST", "/app/hook/deliveries/<int:id>/attempts", _send_again, "app"),
    Route("GET", "/meta", _get_meta, ""),
)
