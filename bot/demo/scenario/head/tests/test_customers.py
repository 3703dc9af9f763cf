import sqlite3

import pytest

from shop import customers


@pytest.fixture
def connection():
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE customers (id INTEGER, name TEXT, city TEXT, email TEXT)")
    connection.executemany(
        "INSERT INTO customers VALUES (?, ?, ?, ?)",
        [(1, "Ada", "London", "ada@example.org"), (2, "Grace", "New York", "grace@example.org")],
    )
    yield connection
    connection.close()


def test_by_number(connection):
    assert customers.by_number(connection, 2)["name"] == "Grace"


def test_unknown_number(connection):
    assert customers.by_number(connection, 3) is None


def test_by_city(connection):
    assert [one["name"] for one in customers.by_city(connection, "London")] == ["Ada"]
