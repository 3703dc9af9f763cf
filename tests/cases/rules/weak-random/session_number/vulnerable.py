import random


class Lobby:
    """Players who wait for a game."""

    def __init__(self):
        self.waiting = {}

    def join(self, player: str) -> str:
        session_id = "%032x" % random.getrandbits(128)
        self.waiting[session_id] = player
        return session_id
