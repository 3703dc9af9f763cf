import sqlite3


class Guestbook:
    def __init__(self, connection: sqlite3.Connection):
        self.db = connection

    def sign(self, name: str, message: str) -> None:
        self.db.execute(
            """
            INSERT INTO entries (name, message)
            VALUES (?, ?)
            """,
            (name, message),
        )
        self.db.commit()
