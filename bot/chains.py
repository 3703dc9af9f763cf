"""Several findings' steps side by side, though only the job's own thread may ask for a step.

A chain is a generator that yields its next step, a name and an act, and is sent what the act gave.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import partial
from typing import Any, Self, TypeVar

from bot.errors import Superseded, SutureError
from bot.step import Step

T = TypeVar("T")
Act = tuple[str, Callable[[], Any]]
Chain = Generator[Act, Any, T]
WIDEST = 4  # chains side by side: each waits for a model, or for its turn in the sandbox


def carry_through(chains: Sequence[Chain[T]], step: Step) -> tuple[T, ...]:
    """Take all chains to their ends; what they returned, in order.

    In each round every chain that has begun makes one step. The first four begin, each of the others when one
    has ended, so that what may be spent is spent on the first. The acts run in threads, and each is kept as
    a step of its own as soon as those before it are: a killed job does again only what was not. What an act
    raises is raised in its chain.
    """
    ended: dict[int, T] = {}
    waiting: dict[int, Act] = {}

    def advance(index: int, move: Callable[[], Act]) -> None:
        try:
            waiting[index] = move()
        except StopIteration as end:
            ended[index] = end.value

    begun = 0
    while len(ended) < len(chains):
        while begun < len(chains) and len(waiting) < WIDEST:
            advance(begun, partial(next, chains[begun]))
            begun += 1
        due = dict(sorted(waiting.items()))
        waiting.clear()
        with _Round([act for _, act in due.values()]) as acts:
            for place, (index, (name, _)) in enumerate(due.items()):
                try:
                    value = step(name, partial(acts.result, place))
                except SutureError as problem:
                    advance(index, partial(chains[index].throw, problem))
                else:
                    advance(index, partial(chains[index].send, value))
    return tuple(ended[index] for index in range(len(chains)))


class _Round:
    """Acts that all begin when the first of them is asked for: those before it were kept already."""

    def __init__(self, acts: Sequence[Callable[[], Any]]) -> None:
        self._acts = acts
        self._pool = ThreadPoolExecutor(WIDEST)
        self._begun: dict[int, Future[Any]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def result(self, place: int) -> Any:
        """What the act at this place gave. Raises what it raised."""
        if not self._begun:
            rest = range(place, len(self._acts))
            self._begun = {one: self._pool.submit(copy_context().run, self._acts[one]) for one in rest}
        try:
            return self._begun[place].result()
        except Superseded:
            wait(self._begun.values())  # all of them give way before the job goes on to say so
            raise
