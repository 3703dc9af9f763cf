"""Keeps people logged in."""

from flask import Blueprint, redirect, request

remember = Blueprint("remember", __name__, url_prefix="/account")
COOKIE = "remember_me"


@remember.post("/remember")
def remember_me():
    response = redirect("/")
    response.set_cookie(
        COOKIE,
        request.form["ticket"],
        secure=True,
        httponly=True,
    )
    return response
