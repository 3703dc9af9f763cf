"""The results of a job's steps: known records only, kept as compressed JSON under their digest."""

from __future__ import annotations

import hashlib
import json
import time
import zlib
from collections.abc import Sequence
from dataclasses import is_dataclass
from enum import Enum
from functools import lru_cache
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from pydantic import ConfigDict, TypeAdapter
from pydantic_core import PydanticSerializationError

from bot.errors import InputError
from bot.jobs.tables import BLOBS, insert_new

LARGEST = 256 * 1024 * 1024  # bytes of one result before compression
_PLAIN: dict[str, type] = {"str": str, "int": int, "bool": bool, "float": float}
_CONFIG = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64", ser_json_inf_nan="constants")


class BlobError(InputError):
    """A step's result cannot be kept, or a kept one cannot be trusted; the message says why."""


class Blobs:
    """Results by digest, in a table of the jobs' database.

    `modules` are those whose records may be kept; names are looked up in them and nowhere else.
    """

    def __init__(self, engine: sa.Engine, modules: Sequence[ModuleType]) -> None:
        self._engine = engine
        self._types = {
            f"{one.__module__}:{one.__name__}": one
            for module in modules
            for one in vars(module).values()
            if isinstance(one, type) and one.__module__.startswith(module.__name__) and _is_record(one)
        }

    def put(self, value: object) -> dict[str, str]:
        """Keep a record, text, number, None, or a tuple of such; its type's name and digest, to get it by.

        Raises BlobError for any other type.
        """
        content = self._encode(value)
        digest = hashlib.sha256(content).hexdigest()
        row = {"digest": digest, "content": zlib.compress(content), "stored": time.time()}
        with self._engine.begin() as connection:
            if not insert_new(connection, BLOBS, row):
                again = sa.update(BLOBS).where(BLOBS.c.digest == digest).values(stored=row["stored"])
                connection.execute(again)  # so that it is not thought old
        return {"type": self._name(value), "digest": digest}

    def get(self, kept: dict[str, str]) -> object:
        """The value for which `put` answered `kept`. Raises BlobError when it is not to be had."""
        name, digest = kept.get("type", ""), kept.get("digest", "")
        with self._engine.connect() as connection:
            packed = connection.execute(sa.select(BLOBS.c.content).where(BLOBS.c.digest == digest)).scalar()
        if packed is None:
            raise BlobError(f"The kept result {digest[:12]} is gone: let the review run again.")
        content = _unpack(packed)
        if hashlib.sha256(content).hexdigest() != digest:
            raise BlobError(f"The kept result {digest[:12]} was altered and is not used.")
        return self._decode(name, content)

    def _name(self, value: object) -> str:
        if value is None:
            return "None"
        if isinstance(value, tuple):
            return "tuple"
        kind: type[Any] = type(value)
        name = kind.__name__ if kind.__name__ in _PLAIN else f"{kind.__module__}:{kind.__name__}"
        if kind not in (_PLAIN.get(name), self._types.get(name)):
            raise BlobError(
                f"A step may not hand on a {kind.__module__}.{kind.__qualname__}: make it a record."
            )
        return name

    def _encode(self, value: object) -> bytes:
        name = self._name(value)
        if isinstance(value, tuple):
            return json.dumps([[self._name(one), self._encode(one).decode()] for one in value]).encode()
        if value is None:
            return b"null"
        try:
            kind: type[Any] = type(value)
            return _adapter(kind).dump_json((value,))  # type: ignore[arg-type]  # classes can be hashed
        except PydanticSerializationError as exc:
            raise BlobError(f"A {name} holds text that is not Unicode and cannot be kept: {exc}.") from exc

    def _decode(self, name: str, content: bytes) -> object:
        if name == "None":
            return None
        if name == "tuple":
            return tuple(self._decode(one, text.encode()) for one, text in json.loads(content))
        kind = _PLAIN.get(name) or self._types.get(name)
        if kind is None:
            raise BlobError(f"A kept result claims to be a {name!r}, which is no record of ours.")
        return _adapter(kind).validate_json(content)[0]


def _is_record(one: type) -> bool:
    return is_dataclass(one) or issubclass(one, Enum)


@lru_cache(maxsize=256)
def _adapter(kind: type[Any]) -> TypeAdapter[tuple[Any]]:
    # Wrapped in a tuple, since a configuration cannot be given for a dataclass itself.
    return TypeAdapter(tuple[kind], config=_CONFIG)  # type: ignore[valid-type,arg-type]  # a type made at run time


def _unpack(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(packed, LARGEST)
    except zlib.error as exc:
        raise BlobError("A kept result is damaged and is not used.") from exc
    if unpacker.unconsumed_tail:
        raise BlobError("A kept result is larger than any real one and is not used.")
    return content
