"""The web application."""

import sqlite3
from pathlib import Path

from flask import Flask, abort, jsonify, request

from shop import customers, invoices as files


def create_app(database="shop.sqlite", invoices="invoices"):
    app = Flask(__name__)
    app.config["INVOICES"] = Path(invoices)

    def connect():
        return sqlite3.connect(database)

    @app.get("/customers/<int:number>")
    def customer(number):
        found = customers.by_number(connect(), number)
        if found is None:
            abort(404)
        return jsonify(found)

    @app.get("/customers")
    def search():
        return jsonify(customers.by_city(connect(), request.args.get("city", "")))

    @app.get("/invoices/<path:name>")
    def invoice(name):
        return files.read_invoice(app.config["INVOICES"], name)

    return app
