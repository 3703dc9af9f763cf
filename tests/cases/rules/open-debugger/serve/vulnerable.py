from flask import Flask

app = Flask(__name__)


def serve(port: int = 8080) -> None:
    """Serve the kiosk."""
    app.run(host="0.0.0.0", port=port, debug=True)
