"""Prints labels of parcels."""

from flask import Blueprint, request

labels = Blueprint("labels", __name__)


@labels.post("/label")
def label():
    layout = request.form["layout"]
    text = layout.strip().format(request.form["name"], request.form["street"])
    return text, 200
