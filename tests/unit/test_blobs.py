"""Results of steps: whatever record goes in comes out equal, and nothing else gets in or out."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, is_dataclass

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bot.forge.writes
import bot.records
from bot.jobs.blobs import BlobError, Blobs
from bot.jobs.engine import database, migrate
from bot.jobs.tables import BLOBS
from bot.records import Change, Outcome, Severity
from bot.settings import Settings
from tests.fakes.workers import RECORDS

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
st.register_type_strategy(str, TEXT)
st.register_type_strategy(float, st.floats(allow_nan=False))
KINDS = [
    one
    for module in RECORDS
    for one in vars(module).values()
    if is_dataclass(one) and isinstance(one, type) and one.__module__.startswith(module.__name__)
]


@pytest.fixture
def engine(sqlite_settings: Settings) -> Iterator[sa.Engine]:
    migrate(sqlite_settings)
    with database(sqlite_settings) as one:
        yield one


@pytest.fixture
def blobs(engine: sa.Engine) -> Blobs:
    return Blobs(engine, RECORDS)


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_record_comes_back_equal(blobs: Blobs, data: st.DataObject):
    """A record of any kind, with any content, survives being kept."""
    value = data.draw(st.sampled_from(KINDS).flatmap(st.from_type))

    assert blobs.get(blobs.put(value)) == value


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "naïve \x00 text",
        0,
        True,
        1.5,
        float("inf"),
        (),
        ("x", 1, None),
        ((1, (2,)), "y"),
        Severity.HIGH,
        (Change("a", "b", ()), Outcome(Change("a", "b", ()), bot.records.Conclusion.CLEAN)),
        bot.forge.writes.FileContent("logo.png", bytes(range(256))),
    ],
)
def test_plain_values_and_tuples(blobs: Blobs, value: object):
    """Texts, numbers, None, enums, bytes in records, and tuples of any of them come back with their types."""
    found = blobs.get(blobs.put(value))

    assert found == value
    assert type(found) is type(value)


def test_equal_results_are_kept_once(blobs: Blobs, engine: sa.Engine):
    """What is kept is found by its content, compressed."""
    change = Change("a" * 40, "b" * 40, (), repository="o/r" * 1000)

    assert blobs.put(change) == blobs.put(change)
    with engine.connect() as connection:
        sizes = [len(row.content) for row in connection.execute(sa.select(BLOBS.c.content))]
    assert len(sizes) == 1
    assert sizes[0] < 300


@dataclass(frozen=True)
class NotOurs:
    """A record that stands in no module of records."""

    text: str


@pytest.mark.parametrize("value", [NotOurs("x"), [1], {"a": 1}, b"x", object(), (1, NotOurs("x"))])
def test_other_types_are_refused(blobs: Blobs, value: object):
    """A step that hands on anything but records is told so, instead of losing it."""
    with pytest.raises(BlobError, match="make it a record"):
        blobs.put(value)


def test_text_that_is_not_unicode(blobs: Blobs):
    """A lone surrogate, as undecodable file names give, is refused and not altered."""
    with pytest.raises(BlobError, match="not Unicode"):
        blobs.put(Change("a", "b", (), head_ref="\udc80"))


@pytest.mark.parametrize("name", ["os:system", "builtins:eval", "tests.unit.test_blobs:NotOurs", ""])
def test_only_known_names_are_read(blobs: Blobs, name: str):
    """A row cannot name a type of its own choice."""
    kept = blobs.put(Change("a", "b", ()))

    with pytest.raises(BlobError, match="no record of ours"):
        blobs.get({**kept, "type": name})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (zlib.compress(b'[{"base_sha":"evil"}]'), "altered"),
        (b"not compressed", "damaged"),
    ],
    ids=["altered", "damaged"],
)
def test_altered_rows(blobs: Blobs, engine: sa.Engine, content: bytes, says: str):
    """Content that is not what was kept is not used."""
    kept = blobs.put(Change("a", "b", ()))
    with engine.begin() as connection:
        connection.execute(sa.update(BLOBS).values(content=content))

    with pytest.raises(BlobError, match=says):
        blobs.get(kept)


def test_rows_that_are_gone(blobs: Blobs):
    """A result that is not there is an error, never an empty one."""
    with pytest.raises(BlobError, match="gone"):
        blobs.get({"type": "str", "digest": "0" * 64})
