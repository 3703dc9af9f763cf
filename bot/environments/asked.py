"""An environment with what the configuration asks for beside what the tree's own files do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

from bot.config.files import TestsPart
from bot.environments import Environment

Maker: TypeAlias = Callable[[Path], Environment]


@runtime_checkable
class Extendable(Protocol):
    """A maker that builds, so that more can be put in. One that takes what is there is none."""

    def with_more(self, packages: tuple[str, ...], python: str) -> Maker:
        """The same maker, which adds these packages and, where it is there, takes this Python."""
        ...


def as_asked(maker: Maker, tests: TestsPart) -> Maker:
    """The maker, whose environments have the packages, variables and options that are asked for."""
    if isinstance(maker, Extendable) and (tests.packages or tests.python):
        maker = maker.with_more(tests.packages, tests.python)
    if not (tests.environment or tests.options):
        return maker
    return lambda tree: _with(maker(tree), tests)


def _with(environment: Environment, tests: TestsPart) -> Environment:
    """Under a key of its own: with other variables tests may do otherwise. Values are nobody's to read."""
    variables, options = tuple(sorted(tests.environment.items())), tests.options
    facts = json.dumps([environment.key, variables, options])
    names = ", ".join([*(name for name, _ in variables), *options])
    return replace(
        environment,
        key=hashlib.sha256(facts.encode()).hexdigest()[:24],
        label=f"{environment.label}, as configured with {names}",
        variables=variables,
        options=options,
    )
