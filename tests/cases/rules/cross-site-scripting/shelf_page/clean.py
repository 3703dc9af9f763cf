from flask import Blueprint
from markupsafe import Markup

shelves = Blueprint("shelves", __name__, url_prefix="/shelf")


@shelves.get("/<name>")
def shelf(name):
    page = Markup("<h2>Shelf {}</h2>").format(name)
    return page, 200
