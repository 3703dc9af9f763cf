from flask import Flask, make_response

app = Flask(__name__)


@app.route("/enter", methods=["POST"])
def enter():
    reply = make_response("welcome")
    reply.set_cookie("session_id", "sample", max_age=3600)
    return reply
