"""Tickets, kept in one database file."""

import sqlite3
from contextlib import closing

DATABASE = "/var/lib/tickets/tickets.db"


def get_db():
    connection = sqlite3.connect(DATABASE)
    connection.row_factory = sqlite3.Row
    return connection


def tickets_of(owner, status="open"):
    """Open tickets of one owner, newest first."""
    with closing(get_db()) as db:
        rows = db.execute(
            "SELECT * FROM tickets WHERE owner = '%s' AND status = '%s' ORDER BY id DESC" % (owner, status)
        )
        return [dict(row) for row in rows]
