"""The tables beside the engine's own: deliveries seen, requests in their order, and the results of steps."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

METADATA = sa.MetaData()

DELIVERIES = sa.Table(
    "suture_delivery",
    METADATA,
    sa.Column("guid", sa.String(64), primary_key=True),
    sa.Column("received", sa.Float, nullable=False),  # seconds since 1970
)

# One row for everything that was asked of a pull request; the newest row is what holds.
REQUESTS = sa.Table(
    "suture_request",
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("repository_id", sa.BigInteger, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("changed_at", sa.String(32), nullable=False),  # the pull request's updated_at
    sa.Column("workflow", sa.String(255), unique=True),  # NULL: stop what runs
    sa.Column("head_sha", sa.String(64), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("asked", sa.Float, nullable=False),
    sa.Column("end", sa.String(16)),  # NULL while it waits or runs
    sa.Index("suture_request_of_pull", "repository_id", "number", "changed_at", "sequence"),
    sqlite_autoincrement=True,
)

# Who asked for a request to stop, where it was a person.
STOPS = sa.Table(
    "suture_stop",
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),  # the request's
    sa.Column("login", sa.String(255), nullable=False),
)

# What people do not want reported on a pull request any more.
DISMISSALS = sa.Table(
    "suture_dismissal",
    METADATA,
    sa.Column("repository_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("fingerprint", sa.String(64), primary_key=True),
    sa.Column("login", sa.String(255), primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("by_author", sa.Boolean, nullable=False),
    sa.Column("used", sa.Float, nullable=False),  # seconds since 1970
)

BLOBS = sa.Table(
    "suture_blob",
    METADATA,
    sa.Column("digest", sa.String(64), primary_key=True),  # sha256 of the content before compression
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("stored", sa.Float, nullable=False),
)


def _of_findings(name: str) -> sa.Table:
    """Something that is kept of each finding of a pull request."""
    return sa.Table(
        name,
        METADATA,
        sa.Column("repository_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("fingerprint", sa.String(64), primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("used", sa.Float, nullable=False),  # seconds since 1970
    )


KEPT_TESTS = _of_findings("suture_kept_test")  # regression tests, to be run on the next heads
KEPT_PROOFS = _of_findings("suture_kept_proof")  # what was last confirmed, to be explained and repeated

# What the last review of a pull request leaves behind for that of its next head.
REVIEWED = sa.Table(
    "suture_reviewed",
    METADATA,
    sa.Column("repository_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("used", sa.Float, nullable=False),  # seconds since 1970
)

# The proofs that people asked for once more, and the last request of the pull request at that time.
PROVINGS = sa.Table(
    "suture_proving",
    METADATA,
    sa.Column("workflow", sa.String(255), primary_key=True),
    sa.Column("repository_id", sa.BigInteger, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("after", sa.Integer, nullable=False),  # a request's sequence; 0 for none
    sa.Column("asked", sa.Float, nullable=False),  # seconds since 1970
    sa.Column("ended", sa.Float),  # NULL while it waits or runs
)

# One row a review that ended.
ARCHIVE = sa.Table(
    "suture_review",
    METADATA,
    sa.Column("workflow", sa.String(255), primary_key=True),
    sa.Column("repository_id", sa.BigInteger, nullable=False),
    sa.Column("ended", sa.Float, nullable=False),  # seconds since 1970
    sa.Column("facts", sa.LargeBinary, nullable=False),
    sa.Column("report", sa.LargeBinary, nullable=False),
    sa.Index("suture_review_of_repository", "repository_id", "ended"),
)

# Who is signed in to the dashboard.
SESSIONS = sa.Table(
    "suture_session",
    METADATA,
    sa.Column("digest", sa.String(64), primary_key=True),  # sha256 of the word that the browser keeps
    sa.Column("login", sa.String(255), nullable=False),
    sa.Column("repositories", sa.Text, nullable=False),  # JSON: names by ids of those that the person may see
    sa.Column("form", sa.String(64), nullable=False),
    sa.Column("ends", sa.Float, nullable=False),  # seconds since 1970
)

# One row a call to a model: first with the most it may cost, then with what it did.
SPENDING = sa.Table(
    "suture_spending",
    METADATA,
    sa.Column("call", sa.String(32), primary_key=True),
    sa.Column("made", sa.Float, nullable=False),
    sa.Column("day", sa.String(10), nullable=False),  # UTC, YYYY-MM-DD
    sa.Column("installation_id", sa.BigInteger, nullable=False),
    sa.Column("repository_id", sa.BigInteger, nullable=False),
    sa.Column("job", sa.String(255), nullable=False),
    sa.Column("finding", sa.String(64), nullable=False),
    sa.Column("input_tokens", sa.BigInteger, nullable=False),
    sa.Column("cache_read_tokens", sa.BigInteger, nullable=False),
    sa.Column("cache_write_tokens", sa.BigInteger, nullable=False),
    sa.Column("output_tokens", sa.BigInteger, nullable=False),
    sa.Column("usd", sa.Float),  # NULL when the model's price is not known
    sa.Index("suture_spending_made", "made"),
    sa.Index("suture_spending_of_job", "job", "finding"),
    sa.Index("suture_spending_of_day", "day", "installation_id", "repository_id"),
)

# Where the App is installed, as GitHub last told.
INSTALLATIONS = sa.Table(
    "suture_installation",
    METADATA,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("account", sa.String(255), nullable=False),  # login
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("permissions", sa.Text, nullable=False),  # JSON
    sa.Column("changed_at", sa.String(32), nullable=False),  # the installation's updated_at
    sa.Column("since", sa.Float, nullable=False),  # of its state; seconds since 1970
)

# Each repository that something was ever asked of, and the installation that it was last heard of from.
REPOSITORIES = sa.Table(
    "suture_repository",
    METADATA,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("installation_id", sa.BigInteger, nullable=False),
    sa.Column("gone", sa.Float),  # seconds since 1970; NULL while the App may see it
    sa.Column("erased", sa.Float),  # likewise; its data was deleted then
    sa.Index("suture_repository_of_installation", "installation_id"),
)

# Who works, as each one tells every few seconds.
WORKERS = sa.Table(
    "suture_worker",
    METADATA,
    sa.Column("executor", sa.String(255), primary_key=True),
    sa.Column("version", sa.String(32), nullable=False),
    sa.Column("seen", sa.Float, nullable=False),  # seconds since 1970
)

# What one worker of all does from time to time.
ROUNDS = sa.Table(
    "suture_round",
    METADATA,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("due", sa.Float, nullable=False),  # seconds since 1970
)

# How far the list of GitHub's deliveries was read.
SWEEPS = sa.Table(
    "suture_sweep",
    METADATA,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("seen", sa.Float, nullable=False),  # GitHub's time of the newest attempt, as above
)

# Deliveries that failed, which GitHub is asked to send again.
REDELIVERIES = sa.Table(
    "suture_redelivery",
    METADATA,
    sa.Column("guid", sa.String(64), primary_key=True),
    sa.Column("attempt_id", sa.BigInteger, nullable=False),  # by which GitHub is asked
    sa.Column("failed", sa.Float, nullable=False),  # seconds since 1970, likewise below
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("due", sa.Float, nullable=False),
)

# What GitHub's limits of calls leave an installation, as one worker found out for all.
LIMITS = sa.Table(
    "suture_limit",
    METADATA,
    sa.Column("installation_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("closed_until", sa.Float, nullable=False),  # nobody calls; seconds since 1970
    sa.Column("low_until", sa.Float, nullable=False),  # no job is begun
)

# Any number: it only has to be the same in every process.
_LOCK = 7_350_115


def create_tables(engine: sa.Engine) -> None:
    """Make the tables that are missing; several processes may do so at once."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        for table in METADATA.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))
            for index in sorted(table.indexes, key=lambda one: str(one.name)):
                connection.execute(CreateIndex(index, if_not_exists=True))


def insert_new(connection: sa.Connection, table: sa.Table, row: Mapping[str, object]) -> bool:
    """Insert a row unless its key is there; whether it was inserted."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    key = list(table.primary_key)
    statement = insert(table).values(**row).on_conflict_do_nothing().returning(*key)
    return connection.execute(statement).first() is not None
