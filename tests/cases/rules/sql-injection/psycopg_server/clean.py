"""Stock levels, read from the warehouse's PostgreSQL server."""

import psycopg

DSN = "dbname=warehouse"


def level(sku: str):
    with psycopg.connect(DSN) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SELECT level FROM stock WHERE sku = %s AND note LIKE 'A%%'", (sku,))
            return cursor.fetchall()
