import base64
import io
import pickle

from flask import Flask, request

class _Plain(pickle.Unpickler):
    def find_class(self, module, name):
        raise pickle.UnpicklingError("plain data only")


app = Flask(__name__)


@app.route("/me")
def me():
    raw = base64.urlsafe_b64decode(request.cookies.get("session", ""))
    state = _Plain(io.BytesIO(raw)).load()
    return {"user": state["user"]}
