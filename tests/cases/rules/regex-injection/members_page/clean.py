"""The list of members."""

from flask import Flask, request

app = Flask(__name__)
MEMBERS = ["ada", "grace", "sample"]


@app.route("/members")
def members():
    start = request.args.get("start", "")
    return {"members": [one for one in MEMBERS if one.startswith(start)]}
