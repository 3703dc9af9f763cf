"""The list of members."""

import re

from flask import Flask, request

app = Flask(__name__)
MEMBERS = ["ada", "grace", "sample"]


@app.route("/members")
def members():
    start = request.args.get("start", "")
    wanted = re.compile("^%s" % start)
    return {"members": [one for one in MEMBERS if wanted.match(one)]}
