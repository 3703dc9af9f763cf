import sqlite3

from flask import Flask, current_app, g, jsonify, request

app = Flask(__name__)
app.config["DATABASE"] = "shop.db"


def get_db():
    if "db" not in g:
        g.db = sqlite3.connect(current_app.config["DATABASE"])
    return g.db


@app.route("/products")
def products():
    category = request.args.get("category", "")
    cursor = get_db().execute("SELECT id, name FROM products WHERE category = ?", (category,))
    return jsonify([{"id": row[0], "name": row[1]} for row in cursor.fetchall()])
