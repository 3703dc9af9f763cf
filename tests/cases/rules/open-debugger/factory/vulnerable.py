"""Starts the dashboard."""

import flask


def create_app() -> flask.Flask:
    return flask.Flask(__name__)


def main():
    application = create_app()
    application.run(debug=True, host="0.0.0.0")
