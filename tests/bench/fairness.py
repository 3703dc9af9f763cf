"""Who waits how long when many organisations share one worker: `python -m tests.bench.fairness`.

The real inbox, the real engine and its queues; a job sleeps instead of reviewing. Everybody's pull requests
come at once, one organisation's most of all. While they wait, another one opens a few and people ask for
reviews.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from bot.jobs.desk import Desk
from bot.jobs.engine import database
from bot.jobs.inbox import DurableInbox
from bot.records import Command, Job
from bot.settings import Settings
from bot.step import Step
from tests.fakes.postgres import postgres_server
from tests.fakes.workers import wait_until, working

GREEDY, LATE = 1, 0  # organisations: the one with most jobs, and one that comes when all the others wait
SMALL, HUGE = 20, 100_000  # changed lines


@dataclass(frozen=True)
class Plan:
    """How much of what."""

    organisations: int = 50
    repositories: int = 1000
    of_the_greedy: int = 500
    of_the_late: int = 5
    wishes: int = 50
    seconds: float = 0.05  # of one job
    concurrency: int = 8


@dataclass(frozen=True)
class Started:
    """One job that came to its turn."""

    organisation: int
    kind: str  # small, huge, wish, late
    waited: float  # seconds


def simulate(settings: Settings, plan: Plan) -> list[Started]:
    """Every job, in the order in which they started."""
    house = House(settings, plan)
    for number in range(plan.repositories):
        house.push(1 + number % plan.organisations, HUGE if number % 4 == 0 else SMALL)
    for _ in range(plan.of_the_greedy):
        house.push(GREEDY, SMALL)
    with working(house.settings, house.run_job):
        wait_until(lambda: len(house.started) >= plan.concurrency, 600)
        for _ in range(plan.of_the_late):
            house.push(LATE, SMALL, "late")
        for number in range(plan.wishes):
            house.wish(1 + number % plan.organisations)
        wait_until(lambda: len(house.started) >= house.asked, 3_600)
    house.inbox.close()
    return house.started


class House:
    """Asks for jobs and notes when they start. Each job is of a pull request of its own."""

    def __init__(self, settings: Settings, plan: Plan) -> None:
        self.settings = settings
        self.inbox = DurableInbox(settings)
        self.started: list[Started] = []
        self.asked = 0
        self._seconds = plan.seconds
        self._asked_at: dict[int, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def push(self, organisation: int, lines: int, kind: str = "") -> None:
        number = self._note(kind or ("huge" if lines == HUGE else "small"))
        job = Job(organisation, organisation, f"o{organisation}/r", number, "a" * 40, f"guid-{number}")
        self.inbox.submit(job, job.delivery, lines=lines)

    def wish(self, organisation: int) -> None:
        number = self._note("wish")
        asked = Command(
            organisation, organisation, f"o{organisation}/r", number, "dana", "review", "", "", f"c{number}"
        )
        with database(self.settings) as engine:
            assert Desk(engine, asked).review("a" * 40)

    def run_job(self, job: Job, step: Step) -> None:
        kind, at = self._asked_at[job.number]
        with self._lock:
            self.started.append(Started(job.installation_id, kind, time.monotonic() - at))
        step("sleep", lambda: time.sleep(self._seconds))

    def _note(self, kind: str) -> int:
        self.asked += 1
        self._asked_at[self.asked] = (kind, time.monotonic())
        return self.asked


def table(started: Sequence[Started]) -> str:
    """Waiting times by who asked for what, as Markdown."""
    greedy = [one for one in started if one.organisation == GREEDY]
    others = [one for one in started if one.organisation != GREEDY]
    rows = {
        "what people asked for": [one for one in started if one.kind == "wish"],
        "the latecomer's few": [one for one in started if one.kind == "late"],
        "small pull requests of the others": [one for one in others if one.kind == "small"],
        "large pull requests of the others": [one for one in others if one.kind == "huge"],
        "pull requests of the one with most": [one for one in greedy if one.kind != "wish"],
    }
    lines = ["| | jobs | p50 s | p90 s | p99 s | longest s |", "|---|---|---|---|---|---|"]
    for name, some in rows.items():
        if len(some) > 1:
            waits = sorted(one.waited for one in some)
            cuts = quantiles(waits, n=100, method="inclusive")
            told = " | ".join(f"{cuts[at - 1]:.1f}" for at in (50, 90, 99))
            lines.append(f"| {name} | {len(some)} | {told} | {waits[-1]:.1f} |")
    return "\n".join(lines)


@contextmanager
def _settings(kind: str, plan: Plan) -> Iterator[Settings]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "data")
        if kind == "sqlite":
            yield Settings(data=data, concurrency=plan.concurrency)
            return
        with postgres_server() as url:
            yield Settings(data=data, database_url=f"{url}fairness", concurrency=plan.concurrency)


def main() -> None:
    """Print the table for each database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgres"], action="append")
    plan = Plan()
    for name in Plan.__dataclass_fields__:
        default = getattr(plan, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    given = vars(parser.parse_args())
    kinds = given.pop("database") or ["sqlite", "postgres"]
    plan = Plan(**given)
    print(plan)
    for kind in kinds:
        began = time.monotonic()
        with _settings(kind, plan) as settings:
            started = simulate(settings, plan)
        took = time.monotonic() - began
        print(f"\n{kind}: {len(started)} jobs, {took:.0f} s in all\n\n{table(started)}", flush=True)


if __name__ == "__main__":
    main()
