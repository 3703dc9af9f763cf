from flask import Flask, jsonify, request

app = Flask(__name__)


@app.route("/answers", methods=["POST"])
def answers():
    data = request.get_json()
    points = eval(data["points"])
    return jsonify({"points": list(points)})
