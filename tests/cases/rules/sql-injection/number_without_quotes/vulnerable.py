import sqlite3


def invoice_total(conn: sqlite3.Connection, invoice_id: str):
    cur = conn.cursor()
    sql = f"SELECT sum(amount) FROM lines WHERE invoice_id = {invoice_id}"
    cur.execute(sql)
    return cur.fetchone()
