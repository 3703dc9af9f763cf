"""The durable step of a job: its result, or its error, is kept in the database."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Event
from typing import TypeVar, cast

import sqlalchemy as sa
from dbos import DBOS
from sqlalchemy.exc import OperationalError

from bot import errors
from bot.errors import ForgeUnavailable, Superseded, SutureError
from bot.jobs.blobs import Blobs
from bot.jobs.patience import Patience, patiently
from bot.jobs.supersede import Newer, is_superseded, remembered, why_superseded
from bot.tracing import span

T = TypeVar("T")
Kept = dict[str, str]

_log = logging.getLogger("suture.jobs")
_ERRORS: dict[str, type[SutureError]] = {
    name: one for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, SutureError)
}


class JobInterrupted(BaseException):
    """The worker is stopping: leave the job where it is. Nothing catches it, so that nothing is recorded."""


class DurableStep:
    """A `Step` of one job. An act may run twice when the worker dies beside it, so it has to find or create.

    Only SutureErrors are kept as such: they come back, after a restart too, with the same type and message.
    `newer` is what makes the job give way: `Superseded` is raised once, at the first step after that; what a
    job does to tidy up then runs in peace.
    """

    def __init__(
        self, engine: sa.Engine, newer: Newer, blobs: Blobs, patience: Patience, stopping: Event
    ) -> None:
        self._blobs = blobs
        self._ask = lambda: is_superseded(engine, newer)
        self._why = lambda: why_superseded(engine, newer)
        self._patience = patience
        self._stopping = stopping
        self._superseded = remembered(lambda: self._of_database(self._ask))
        self._told = False

    def __call__(self, name: str, act: Callable[[], T]) -> T:
        if DBOS.workflow_id is None or DBOS.step_id is not None:
            raise RuntimeError(
                f"Step {name!r} has to be called from the job itself, not from a thread or a step."
            )
        if self._stopping.is_set():
            raise JobInterrupted
        kept: Kept = DBOS.run_step({"name": name}, self._carry_out, name, act)
        return cast("T", self._result(kept))

    def cancelled(self) -> bool:
        """Whether a long act should give up now: its job has to give way, or the worker is stopping."""
        return self._stopping.is_set() or (not self._told and self._superseded())

    def _carry_out(self, name: str, act: Callable[[], object]) -> Kept:
        if not self._told and self._of_database(self._ask):
            return self._gave_way()
        began = time.monotonic()
        _log.info("step begun", extra={"step": name})
        try:
            with span(f"step {name}"):
                value = patiently(act, (ForgeUnavailable,), self._patience, self.cancelled)
            kept: Kept = self._of_database(lambda: self._blobs.put(value))
        except SutureError as error:
            if self._stopping.is_set() and isinstance(error, Superseded):
                raise JobInterrupted from error
            if isinstance(error, Superseded) and self._of_database(self._ask):
                return self._gave_way()
            _log.info("step failed", extra={"step": name, "reason": str(error)}, exc_info=error)
            return {"error": _known_name(error), "message": str(error)}
        _log.info("step done", extra={"step": name, "seconds": round(time.monotonic() - began, 1)})
        return kept

    def _gave_way(self) -> Kept:
        why = self._of_database(self._why)
        return {"error": type(why).__name__, "message": str(why)}

    def _of_database(self, act: Callable[[], T]) -> T:
        return patiently(act, (OperationalError,), self._patience, self._stopping.is_set)

    def _result(self, kept: Kept) -> object:
        if "error" not in kept:
            return self._of_database(lambda: self._blobs.get(kept))
        kind = _ERRORS.get(kept["error"], SutureError)
        if issubclass(kind, Superseded):
            self._told = True
        raise kind(kept["message"])


def _known_name(error: SutureError) -> str:
    """The nearest class of `bot.errors`, so that the error can be raised again after a restart."""
    return next(one.__name__ for one in type(error).__mro__ if one.__name__ in _ERRORS)
