from urllib.request import urlopen

from flask import Flask, request

app = Flask(__name__)


@app.get("/weather")
def weather():
    with urlopen("https://" + request.args["region"] + ".weather.example/now", timeout=3) as reply:
        return {"length": len(str(reply.read()))}
