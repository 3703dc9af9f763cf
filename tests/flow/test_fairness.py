"""Whose job is next: nobody's many delay another's few, and a person goes before a push."""

from __future__ import annotations

from dataclasses import replace

from bot.jobs import priority
from bot.settings import Settings
from tests.bench.fairness import GREEDY, HUGE, LATE, SMALL, House, Plan, simulate
from tests.fakes.workers import wait_until, working


def test_one_s_many_do_not_delay_another_s_few(job_settings: Settings):
    """While dozens of one installation wait, another's five are through after a few of them."""
    plan = Plan(repositories=0, of_the_greedy=40, of_the_late=5, wishes=0, seconds=0.02, concurrency=4)

    started = simulate(replace(job_settings, concurrency=4), plan)

    last = max(place for place, one in enumerate(started) if one.organisation == LATE)
    before = [one for one in started[:last] if one.organisation == GREEDY]
    assert len(started) == 45
    assert len(before) < 20


def test_a_person_goes_first_and_a_large_change_last(sqlite_settings: Settings):
    """What somebody asked for, then the small push, then the large one, though that came first."""
    house = House(replace(sqlite_settings, concurrency=1), Plan(seconds=0))
    house.push(1, HUGE)
    house.push(1, SMALL)
    house.wish(1)

    with working(house.settings, house.run_job):
        wait_until(lambda: len(house.started) == 3)
    house.inbox.close()

    assert [one.kind for one in house.started] == ["wish", "small", "huge"]


def test_nothing_waits_for_ever():
    """A size moves a push back by an hour at most, and what is asked for later is due later."""
    wish, small, huge = priority.WISH, priority.of_push(0), priority.of_push(10**9)

    assert wish < small < huge
    assert huge - small == small - wish == 3600
    assert priority.of_push(-5) == small
    assert 0 < priority.place(huge) < 2**31
