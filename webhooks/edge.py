"""The HTTP edge: every answer is JSON with safe headers, and no error shows anything of the inside."""

from __future__ import annotations

import logging
from http import HTTPStatus

from flask import Flask, Response, jsonify
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from bot.jobs import DatabaseUnavailable
from bot.metrics import REFUSED
from webhooks.delivery import LARGEST, Refused

_log = logging.getLogger("suture.web")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_RETRY_SECONDS = "30"


def add_edge(app: Flask) -> None:
    """Set up size limit, error answers and headers."""
    app.config["MAX_CONTENT_LENGTH"] = LARGEST
    app.after_request(_safe_headers)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(DatabaseUnavailable, _no_database)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _safe_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)  # a page may set its own
    return response


def _refused(error: Refused) -> ResponseReturnValue:
    REFUSED.labels(str(int(error.status))).inc()
    _log.warning("delivery refused", extra={"status": int(error.status), "reason": str(error)})
    return jsonify(error=str(error)), error.status


def _no_database(error: DatabaseUnavailable) -> ResponseReturnValue:
    REFUSED.labels("503").inc()
    # GitHub records the delivery as failed, so that it can be delivered again.
    _log.error("delivery not stored", extra={"status": 503, "reason": str(error)}, exc_info=error)
    answer = jsonify(error=str(error))
    answer.headers["Retry-After"] = _RETRY_SECONDS
    return answer, HTTPStatus.SERVICE_UNAVAILABLE


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    headers = [(name, value) for name, value in error.get_headers() if name in {"Allow", "Retry-After"}]
    return jsonify(error=HTTPStatus(status).phrase), status, headers


def _unexpected(error: Exception) -> ResponseReturnValue:
    _log.error("request failed", extra={"status": 500}, exc_info=error)
    return jsonify(error="Something went wrong here; the log says what."), HTTPStatus.INTERNAL_SERVER_ERROR
