import sqlite3


def invoice_total(conn: sqlite3.Connection, invoice_id: str):
    cur = conn.cursor()
    sql = "SELECT sum(amount) FROM lines WHERE invoice_id = ?"
    cur.execute(sql, (int(invoice_id),))
    return cur.fetchone()
