from flask import Flask, request
from markupsafe import escape

app = Flask(__name__)


@app.get("/search")
def search():
    term = request.args.get("q", "")
    return f"<h1>Results for {escape(term)}</h1><p>Nothing was found.</p>"
