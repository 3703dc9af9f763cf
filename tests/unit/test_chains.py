"""Chains of steps: side by side in threads, kept one by one, and errors where they belong."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from bot.chains import Chain, carry_through
from bot.errors import ReviewerError, Superseded
from bot.step import straight


def chain(key: str, first: Callable[[], Any], second: Callable[[Any], Any]) -> Chain[tuple[str, Any]]:
    one = yield f"first {key}", first
    two = yield f"second {key}", lambda: second(one)
    return key, two


class Keeping:
    """A step that keeps results by name, as the durable one does."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}
        self.names: list[str] = []

    def __call__(self, name: str, act: Callable[[], Any]) -> Any:
        self.names.append(name)
        if name not in self.kept:
            self.kept[name] = act()
        return self.kept[name]


def test_what_chains_return_is_in_their_order():
    """Each act is sent what the one before gave."""
    chains = [chain(key, lambda key=key: key * 2, lambda value: value + "!") for key in "abc"]

    assert carry_through(chains, straight) == (("a", "aa!"), ("b", "bb!"), ("c", "cc!"))


def test_no_chains():
    """Nothing to do is done."""
    assert carry_through([], straight) == ()


def test_the_acts_of_a_round_run_at_the_same_time():
    """Each waits for the other, which would never end if they ran one after the other."""
    barrier = threading.Barrier(2, timeout=20)

    ended = carry_through([chain(key, barrier.wait, lambda _: "met") for key in "ab"], straight)

    assert ended == (("a", "met"), ("b", "met"))


def test_each_act_is_a_step_of_its_own():
    """In a steady order, so that an engine can find them again; what was kept is not acted again."""
    step, acted = Keeping(), []

    def noted(key: str) -> str:
        acted.append(key)
        return key

    def chains() -> list[Chain[tuple[str, Any]]]:
        return [chain(key, lambda key=key: noted(key), noted) for key in "ab"]

    first = carry_through(chains(), step)
    for name in ("second a", "second b", "first b"):
        del step.kept[name]  # a worker that died after the first step
    acted.clear()
    step.names.clear()

    assert carry_through(chains(), step) == first
    assert sorted(acted) == ["a", "b", "b"]
    assert step.names == ["first a", "first b", "second a", "second b"]


def test_an_error_is_raised_in_its_own_chain():
    """A chain may go on after it; the others do not notice."""

    def careful() -> Chain[str]:
        try:
            yield "first", lambda: fail(ReviewerError("no answer"))
        except ReviewerError as problem:
            return str(problem)
        return "never"

    def other() -> Chain[str]:
        value: str = yield "other", lambda: "fine"
        return value

    assert carry_through([careful(), other()], straight) == ("no answer", "fine")


def test_a_superseded_job_ends():
    """What no chain catches ends all of them, and is raised."""
    with pytest.raises(Superseded):
        carry_through([chain("a", lambda: fail(Superseded("newer push")), str)], straight)


def fail(error: Exception) -> Any:
    raise error
