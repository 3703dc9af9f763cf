import secrets


class Lobby:
    """Players who wait for a game."""

    def __init__(self):
        self.waiting = {}

    def join(self, player: str) -> str:
        session_id = secrets.token_hex(16)
        self.waiting[session_id] = player
        return session_id
