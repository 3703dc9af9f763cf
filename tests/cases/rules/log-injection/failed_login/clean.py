import logging

from flask import Flask, request

app = Flask(__name__)
logger = logging.getLogger(__name__)


@app.post("/login")
def login():
    user = request.form["user"]
    logger.warning("failed login of %r from %s", user, request.remote_addr)
    return "no", 403
