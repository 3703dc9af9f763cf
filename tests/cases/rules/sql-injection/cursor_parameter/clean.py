"""Contacts of a customer."""

import sqlite3


def find_contact(cursor: sqlite3.Cursor, name: str) -> tuple | None:
    """The contact with this name."""
    cursor.execute("SELECT id, name, phone FROM contacts WHERE name = ? AND deleted = 0", [name])
    return cursor.fetchone()
