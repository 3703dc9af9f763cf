"""Contacts of a customer."""

import sqlite3


def find_contact(cursor: sqlite3.Cursor, name: str) -> tuple | None:
    """The contact with this name."""
    cursor.execute(f"SELECT id, name, phone FROM contacts WHERE name = '{name}' AND deleted = 0")
    return cursor.fetchone()
