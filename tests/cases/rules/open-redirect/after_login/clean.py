from flask import Flask, redirect, request, url_for

app = Flask(__name__)


@app.route("/")
def index():
    return "welcome"


@app.route("/login")
def login():
    target = request.args.get("next")
    if not target:
        target = url_for("index")
    if not target.startswith("/") or target.startswith("//"):
        target = url_for("index")
    return redirect(target)
