from sqlalchemy import text
from sqlalchemy.engine import Connection


def by_city(connection: Connection, city: str) -> list:
    """People who live in a city."""
    result = connection.execute(text("SELECT id, name FROM people WHERE city = :c"), {"c": city})
    return [tuple(row) for row in result]
