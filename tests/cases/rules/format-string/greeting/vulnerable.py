from flask import Flask, request

app = Flask(__name__)


class Agent:
    def __init__(self, name: str):
        self.name = name


@app.route("/greeting")
def greeting():
    agent = Agent("Ada")
    pattern = request.args.get("pattern", "Hello, I am {agent}.")
    return {"greeting": pattern.format(agent="Ada", site=agent)}
