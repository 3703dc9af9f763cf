"""The database that a regression test puts in the place of the real one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.review.reviewers import Placement
from bot.review.rules.writing.arguments import Provide, nothing, passing
from bot.review.rules.writing.invocation import module_name
from bot.review.rules.writing.surroundings import Location
from bot.review.rules.writing.testfile import block


@dataclass(frozen=True, slots=True)
class Database:
    """A fixture of the test: its name, its code, what it imports, and what is passed for it to the code."""

    fixture: str
    code: str
    imports: tuple[str, ...]
    provide: Provide
    error: str  # base class of the database's errors
    setup: tuple[str, ...] = ()  # lines for the helper, before the client is made


def sqlite(location: Location, placement: Placement, script: tuple[str, ...], *, rows: bool) -> Database:
    """A real SQLite database: in memory where the code is given a connection, else a file."""
    if location.kind == "parameter":
        return _in_memory(location, script, rows=rows)
    imports: tuple[str, ...] = ("import sqlite3", "import pytest")
    home, module = module_name(placement)
    path = f'tmp_path / "{location.name}"' if location.kind == "file-path" else 'tmp_path / "test.db"'
    body = [f"path = {path}", "connection = sqlite3.connect(path)", *_filled(script), "connection.close()"]
    provide: Provide = nothing
    setup: tuple[str, ...] = ()
    patch = ""
    if location.kind == "file-parameter":
        provide = passing(location.name, "str(database)")
    elif location.kind == "file-constant":
        patch, imports = f'monkeypatch.setattr({module}, "{location.name}", str(path))', (*imports, home)
    elif location.kind == "file-path":
        patch = "monkeypatch.chdir(tmp_path)"
        body.insert(1, "path.parent.mkdir(parents=True, exist_ok=True)" if "/" in location.name else "")
    elif location.kind == "file-variable":
        patch = f'monkeypatch.setenv("{location.name}", str(path))'
    elif location.kind == "config":
        setup = (f'application.config["{location.name}"] = str(database)',)
    else:
        return _replacing(location, placement, body, rows=rows)
    fixtures = "tmp_path, monkeypatch" if patch else "tmp_path"
    code = block(f"@pytest.fixture\ndef database({fixtures}):", "", [*body, patch, "return path"])
    return Database("database", code, imports, provide, "sqlite3.Error", setup)


def _filled(script: tuple[str, ...]) -> list[str]:
    return ['connection.executescript("""', *(f"    {row};" for row in script), '""")']


def _in_memory(location: Location, script: tuple[str, ...], *, rows: bool) -> Database:
    cursor = re.search(r"(^|_)cur(sor)?$", location.name)
    body = [
        'connection = sqlite3.connect(":memory:")',
        "connection.row_factory = sqlite3.Row" if rows else "",
        *_filled(script),
        "yield connection",
        "connection.close()",
    ]
    code = block("@pytest.fixture\ndef connection():", "", body)
    passed = "connection.cursor()" if cursor else "connection"
    provide = passing(location.name, passed)
    return Database("connection", code, ("import sqlite3", "import pytest"), provide, "sqlite3.Error")


def _replacing(location: Location, placement: Placement, body: list[str], *, rows: bool) -> Database:
    """For a connection that the module holds, or that a function from elsewhere opens."""
    home, module = module_name(placement)
    if location.kind == "module":
        body = body[:-1]
        body += ["connection.row_factory = sqlite3.Row"] if rows else []
        body += [
            f'monkeypatch.setattr({module}, "{location.name}", connection)',
            "yield path",
            "connection.close()",
        ]
        opener = ""
    else:
        opening = ["connection = sqlite3.connect(path)"]
        opening += ["connection.row_factory = sqlite3.Row"] if rows else []
        opener = "\n" + block("def opened(*_, **__):", "", [*opening, "return connection"])
        body += [opener, f'monkeypatch.setattr({module}, "{location.name}", opened)', "return path"]
    code = block("@pytest.fixture\ndef database(tmp_path, monkeypatch):", "", body)
    return Database("database", code, ("import sqlite3", "import pytest", home), nothing, "sqlite3.Error")


def sqlalchemy(location: Location, placement: Placement, script: tuple[str, ...]) -> Database:
    """SQLAlchemy's own engine on an in-memory SQLite database."""
    imports: tuple[str, ...] = (
        "import pytest",
        "from sqlalchemy import create_engine",
        "from sqlalchemy.exc import SQLAlchemyError",
    )
    rows = [f'connection.exec_driver_sql("{row}")' for row in script]
    body = [
        'engine = create_engine("sqlite://")',
        "with engine.begin() as connection:",
        *(f"    {row}" for row in rows),
    ]
    fixtures = ""
    if "engine" in location.name.lower():
        body += ["yield engine"]
    elif "session" in location.name.lower():
        imports = (*imports, "from sqlalchemy.orm import Session")
        body += ["with Session(engine) as session:", "    yield session"]
    else:
        body += ["with engine.connect() as connection:", "    yield connection"]
    body += ["engine.dispose()"]
    provide: Provide = nothing
    if location.kind == "parameter":
        provide = passing(location.name, "database")
    else:
        home, module = module_name(placement)
        yielded = next(place for place, row in enumerate(body) if row.strip().startswith("yield "))
        given = body[yielded].strip().removeprefix("yield ")
        lead = body[yielded][: len(body[yielded]) - len(body[yielded].lstrip())]
        body.insert(yielded, f'{lead}monkeypatch.setattr({module}, "{location.name}", {given})')
        imports, fixtures = (*imports, home), "monkeypatch"
    code = block(f"@pytest.fixture\ndef database({fixtures}):", "", body)
    return Database("database", code, imports, provide, "SQLAlchemyError")


def recorder(location: Location, placement: Placement) -> Database:
    """A stand-in for a server's connection that keeps what it is sent."""
    imports: tuple[str, ...] = ("from unittest.mock import MagicMock", "import pytest")
    body = [
        "connection = MagicMock()",
        "connection.cursor.return_value = connection.__enter__.return_value = connection",
        "connection.fetchall.return_value = []",
    ]
    fixtures = "" if location.kind == "parameter" else "monkeypatch"
    provide: Provide = nothing
    if location.kind == "parameter":
        provide = passing(location.name, "connection")
    elif location.kind == "connect":
        body.append(f'monkeypatch.setattr("{location.name}", lambda *_, **__: connection)')
    else:
        home, module = module_name(placement)
        new = "lambda *_, **__: connection" if location.kind == "opener" else "connection"
        body.append(f'monkeypatch.setattr({module}, "{location.name}", {new})')
        imports = (*imports, home)
    code = block(f"@pytest.fixture\ndef connection({fixtures}):", "", [*body, "return connection"])
    return Database("connection", code, imports, provide, "")
