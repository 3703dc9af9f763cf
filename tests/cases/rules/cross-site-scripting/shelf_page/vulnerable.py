from flask import Blueprint

shelves = Blueprint("shelves", __name__, url_prefix="/shelf")


@shelves.get("/<name>")
def shelf(name):
    page = "<h2>Shelf " + name + "</h2>"
    return page, 200
