"""The alert rules and the dashboard ask for numbers that there are, by labels that they have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot.jobs import DatabaseUnavailable, Figures
from bot.jobs.figures import QUEUES
from bot.metrics import REGISTRY
from webhooks.metrics import told

DEPLOY = Path(__file__).parents[2] / "deploy"
_ASKED = re.compile(r"\b(suture_[a-z_]+)(?:\{([^}]*)\})?")


def expressions() -> Iterator[str]:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())
    for group in rules["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    dashboard = json.loads((DEPLOY / "grafana" / "suture.json").read_text())
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def test_every_number_that_is_asked_for_is_told():
    """Renaming one breaks a rule or a panel, which nobody would see."""
    there = {one: set(labels) for one, labels in all_told()}
    asked = [(name, labels) for text in expressions() for name, labels in _ASKED.findall(text)]

    assert len(asked) > 30
    missing = [name for name, _ in asked if name not in there]
    wrong = [
        (name, label)
        for name, labels in asked
        for label in re.findall(r"(\w+)\s*=~?", labels)
        if label not in there.get(name, ())
    ]
    named = {queue for text in expressions() for queue in re.findall(r'queue="(\w+)"', text)}
    assert (missing, wrong) == ([], [])
    assert named == set(QUEUES)


def all_told() -> Iterator[tuple[str, tuple[str, ...]]]:
    for one in [*REGISTRY._collector_to_names]:
        labels = tuple(getattr(one, "_labelnames", ()))
        for name in REGISTRY._collector_to_names[one]:
            yield name, labels
    for family in told(lambda: (Figures("reviews", 1, 2, 3.0),), lambda: 1):
        for sample in family.samples:
            yield sample.name, tuple(sample.labels)


def test_a_database_that_is_down_gives_no_false_zero():
    """No depth at all is told then, and that it is down."""

    def down() -> tuple[Figures, ...]:
        raise DatabaseUnavailable("down")

    samples = {sample.name: sample.value for family in told(down, lambda: 1) for sample in family.samples}

    assert samples == {"suture_database_up": 0}


@pytest.mark.parametrize("rule", ["SutureDatabaseDown", "SutureCommandsWait", "SutureSandboxBroken"])
def test_what_pages_says_what_to_do(rule: str):
    """Whoever is woken reads more than a name."""
    (group,) = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"]
    (found,) = [one for one in group["rules"] if one["alert"] == rule]

    assert found["labels"]["severity"] == "page"
    assert len(found["annotations"]["description"]) > 40
