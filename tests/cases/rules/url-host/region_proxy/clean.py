from urllib.request import urlopen

from flask import Flask, request

app = Flask(__name__)


@app.get("/weather")
def weather():
    region = request.args["region"]
    if region not in {"north", "south", "sample"}:
        return {"length": 0}, 400
    with urlopen("https://" + region + ".weather.example/now", timeout=3) as reply:
        return {"length": len(str(reply.read()))}
