"""Tests that stand where none is looked for, or in place of something else."""

from __future__ import annotations

from dataclasses import replace

from tests.evals.prover.attempts import gold_of
from tests.evals.prover.cases import Case
from tests.evals.prover.cheats.kind import Kind


def _at(name: str, place: str) -> Kind:
    def make(case: Case):  # type: ignore[no-untyped-def]  # an attempt
        root, source = case.place.rpartition("/")[0], case.path
        return replace(gold_of(case), place=place.replace("ROOT", root).replace("SOURCE", source))

    return Kind(name, make)


def _overwrites(case: Case):  # type: ignore[no-untyped-def]  # an attempt
    """In place of an existing test file."""
    root = case.place.rpartition("/")[0]
    found = sorted((case.head / root).glob("test_*.py"))
    return replace(gold_of(case), place=f"{root}/{found[0].name}") if found else None


KINDS = (
    _at("test-outside-root", "elsewhere/test_gold.py"),
    _at("test-as-conftest", "ROOT/conftest.py"),
    _at("test-as-source", "SOURCE"),
    _at("test-outside-repository", "../test_gold.py"),
    _at("test-absolute", "/tmp/test_gold.py"),
    _at("test-as-ci", ".github/workflows/test_gold.py"),
    _at("test-by-no-name", "ROOT/gold.py"),
    _at("test-as-config", "pyproject.toml"),
    Kind("test-overwrites", _overwrites),
)
