"""What all pages share: one frame (base.html), one style sheet, one icon, and the headers they are sent with.

A page is a template beside the code that fills it: `page("setup/form.html", …)` is webhooks/setup/form.html.
"""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from pathlib import Path

from flask import Flask, Response, abort
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.publish.neutral import visible

_HERE = Path(__file__).parent
_ASSETS = {"style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)


def add_assets(app: Flask) -> None:
    """Serve the style sheet and the icon below /assets/."""

    @app.get("/assets/<name>")
    def asset(name: str) -> Response:
        if name not in _ASSETS:
            abort(HTTPStatus.NOT_FOUND)
        answer = Response((_HERE / name).read_bytes(), content_type=_ASSETS[name])
        answer.headers["Cache-Control"] = "max-age=3600"
        return answer


def page(
    template: str, status: HTTPStatus = HTTPStatus.OK, *, forms_to: str = "", **facts: object
) -> Response:
    """The page as an answer; it runs no script, and its forms go to this server or the origin `forms_to`.

    Everything in `facts` is escaped, and `| visible` shows hidden characters; one that the template uses but
    is not given is an error.
    """
    shown = _templates().get_template(template).render(**facts)
    response = Response(shown, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = f"{_POLICY} {forms_to}".strip()
    # A form's origin is told to ourselves, and nothing to anybody else.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE.parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["visible"] = visible
    return made
