"""Looks customers up."""

COLUMNS = ("id", "name", "city", "email")


def as_record(row):
    return dict(zip(COLUMNS, row))


def by_number(connection, number):
    """The customer with this number, or None."""
    row = connection.execute(
        "SELECT id, name, city, email FROM customers WHERE id = ?", (number,)
    ).fetchone()
    return as_record(row) if row else None
