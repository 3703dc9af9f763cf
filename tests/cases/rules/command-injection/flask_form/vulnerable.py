import subprocess

from flask import Blueprint, request

bp = Blueprint("netcheck", __name__, url_prefix="/tools")


@bp.route("/ping", methods=["GET", "POST"])
def ping():
    host = request.form["host"].strip()
    output = subprocess.check_output("ping -c 1 " + host, shell=True, text=True)
    return {"host": host, "output": output}
