import base64
import pickle

from flask import Flask, request

app = Flask(__name__)


@app.route("/me")
def me():
    raw = base64.urlsafe_b64decode(request.cookies.get("session", ""))
    state = pickle.loads(raw)
    return {"user": state["user"]}
