from flask import Flask, request
from jinja2 import Environment

app = Flask(__name__)
env = Environment(trim_blocks=True)


@app.post("/profile")
def profile():
    motto = request.form["motto"]
    page = env.from_string("<p>{{ motto }}</p>")
    return page.render(motto=motto.strip())
