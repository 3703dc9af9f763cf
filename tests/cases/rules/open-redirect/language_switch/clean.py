"""Remembers the reader's language."""

from urllib.parse import urlsplit

from flask import Blueprint, make_response, redirect, request

def is_local(address: str) -> bool:
    parts = urlsplit(address)
    return not parts.scheme and not parts.netloc


pages = Blueprint("pages", __name__)


@pages.post("/language")
def language():
    back = request.form["back"]
    if not is_local(back):
        back = "/"
    reply = make_response(redirect(back, code=303))
    reply.set_cookie("language", request.form["language"])
    return reply
