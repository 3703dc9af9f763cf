import yaml
from flask import Flask, request

app = Flask(__name__)


@app.post("/rules")
def add_rules():
    document = yaml.safe_load(request.get_data(as_text=True))
    return {"count": len(document)}
