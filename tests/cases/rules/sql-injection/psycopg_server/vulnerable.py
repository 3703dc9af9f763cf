"""Stock levels, read from the warehouse's PostgreSQL server."""

import psycopg

DSN = "dbname=warehouse"


def level(sku: str):
    with psycopg.connect(DSN) as connection:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT level FROM stock WHERE sku = '{sku}' AND note LIKE 'A%'")
            return cursor.fetchall()
