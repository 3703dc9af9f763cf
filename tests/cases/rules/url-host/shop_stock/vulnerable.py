import requests as http
from flask import Flask, jsonify

app = Flask(__name__)


@app.route("/stock/<shop>/<int:item>")
def stock(shop, item):
    """How many of an item a shop has."""
    reply = http.get("https://{}.shops.example/items/{}".format(shop, item), timeout=3)
    return jsonify(status=str(reply.status_code))
