"""Remembers the reader's language."""

from flask import Blueprint, make_response, redirect, request

pages = Blueprint("pages", __name__)


@pages.post("/language")
def language():
    reply = make_response(redirect(request.form["back"], code=303))
    reply.set_cookie("language", request.form["language"])
    return reply
