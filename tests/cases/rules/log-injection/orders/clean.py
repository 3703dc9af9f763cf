from flask import Blueprint, current_app, request

orders = Blueprint("orders", __name__)


@orders.route("/orders", methods=["POST"])
def add():
    item = request.get_json()["item"]
    current_app.logger.error("order of %s", item.replace("\n", " "))
    return {"item": item}
