"""Messages between workers."""

import json


# one message is one pickle
def decode(payload: bytes):
    """The message in a payload."""
    return json.loads(payload)
