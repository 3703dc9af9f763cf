"""Messages between workers."""

import pickle


# one message is one pickle
def decode(payload: bytes):
    """The message in a payload."""
    return pickle.loads(payload)
