import ast

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.route("/answers", methods=["POST"])
def answers():
    data = request.get_json()
    points = ast.literal_eval(data["points"])
    return jsonify({"points": list(points)})
