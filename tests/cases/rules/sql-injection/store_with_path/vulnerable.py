import sqlite3
from dataclasses import dataclass


@dataclass
class Post:
    id: int
    title: str


class Store:
    """Posts in an SQLite file."""

    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(path)
        self.connection.row_factory = sqlite3.Row

    def search(self, term: str, limit: int = 20) -> list[Post]:
        query = (
            "SELECT id, title FROM posts "
            "WHERE title LIKE '%{}%' ORDER BY id LIMIT {}".format(term, limit)
        )
        rows = self.connection.execute(query).fetchall()
        return [Post(row["id"], row["title"]) for row in rows]
