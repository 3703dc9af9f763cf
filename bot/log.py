"""Logs as JSON lines, one event a line, with the delivery they belong to and without anything secret."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

# GitHub's tokens in every form (https://github.blog/engineering/behind-githubs-new-authentication-token-formats/),
# Anthropic's keys, what clouds give out (access tokens, JWTs, Bedrock's keys), and private keys.
_SECRETS = re.compile(
    r"gh[a-z]_[A-Za-z0-9._-]{20,}"
    r"|github_pat_[A-Za-z0-9_]{20,}"
    r"|sk-ant-[A-Za-z0-9_-]{10,}"
    r"|ya29\.[A-Za-z0-9._-]{20,}"
    r"|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+"
    r"|ABSK[A-Za-z0-9+/=]{20,}"
    r"|bedrock-api-key-[A-Za-z0-9+/=_-]{20,}"
    r"|(?<=[Bb]earer )[A-Za-z0-9._~+/=-]{20,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
    re.DOTALL,
)
_CONTEXT: ContextVar[dict[str, object]] = ContextVar("suture_log", default={})  # noqa: B039  (never changed in place)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


@contextmanager
def about(**facts: object) -> Iterator[None]:
    """Add `facts` to every line that this thread logs within the block."""
    token = _CONTEXT.set({**_CONTEXT.get(), **facts})
    try:
        yield
    finally:
        _CONTEXT.reset(token)


def redact(text: str) -> str:
    """`text` with every token and key in it replaced by three asterisks."""
    return _SECRETS.sub("***", text)


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, the facts of `about` and `extra`, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_CONTEXT.get(),
        }
        line.update((name, value) for name, value in vars(record).items() if name not in _STANDARD)
        if record.exc_info and record.exc_info[0] is not None:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(_clean(line), ensure_ascii=True)


def _clean(value: object) -> object:
    """The value as JSON can hold it, without secrets however deep."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {redact(str(name)): _clean(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(one) for one in value]
    return redact(str(value))


def start_logging(level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send every log line of this process as JSON to `stream`, or to standard error."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    engine = logging.getLogger("dbos")
    engine.handlers[:] = [handler]  # it would add its own otherwise
    engine.propagate = False
    engine.setLevel(logging.WARNING)
