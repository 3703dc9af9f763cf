from flask import Flask, request

app = Flask(__name__)


@app.get("/search")
def search():
    term = request.args.get("q", "")
    return f"<h1>Results for {term}</h1><p>Nothing was found.</p>"
