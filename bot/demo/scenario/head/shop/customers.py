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


def by_city(connection, city):
    """All customers who live in this city, by name."""
    rows = connection.execute(
        f"SELECT id, name, city, email FROM customers WHERE city = '{city}' ORDER BY name"
    ).fetchall()
    return [as_record(row) for row in rows]
