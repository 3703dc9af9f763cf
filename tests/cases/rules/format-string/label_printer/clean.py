"""Prints labels of parcels."""

from flask import Blueprint, request

labels = Blueprint("labels", __name__)


@labels.post("/label")
def label():
    layout = request.form["layout"]
    if "." in layout or "[" in layout:
        return "no such layout", 400
    text = layout.strip().format(request.form["name"], request.form["street"])
    return text, 200
