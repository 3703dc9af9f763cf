import os

from flask import Flask, send_file

app = Flask(__name__)
app.config["UPLOAD_FOLDER"] = "/srv/uploads"


@app.route("/uploads/<path:filename>")
def uploaded(filename):
    path = os.path.join(app.config["UPLOAD_FOLDER"], filename)
    return send_file(path)
