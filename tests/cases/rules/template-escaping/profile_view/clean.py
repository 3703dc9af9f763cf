from flask import Flask, render_template_string, request

app = Flask(__name__)


@app.post("/profile")
def profile():
    motto = request.form["motto"]
    return render_template_string("<p>{{ motto }}</p>", motto=motto.strip())
