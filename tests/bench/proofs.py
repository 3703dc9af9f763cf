"""What a proof costs: sandboxed against bare, and how it grows with findings and with existing tests.

    python -m tests.bench.proofs

Every ratio is of one run on one machine; seconds are that machine's.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bot.chains import Chain, carry_through
from bot.environments.interpreter import interpreter_environment
from bot.fix.patches import make_patch
from bot.proof.prover import prove
from bot.records import Proof, RegressionTest, Verdict
from bot.regression.lab import Bench, Lab
from bot.regression.languages.python import Python
from bot.sandbox.bubblewrap import open_sandbox
from bot.step import straight
from tests.flow.shop import FILES, FIXED, PAGES, TEST, write_tree
from tests.lean import lean_python

APP = '''"""The shop's server."""

from flask import Flask

from shop import pages


def make_app():
    app = Flask("shop")
    app.add_url_rule("/<name>", view_func=pages.title)
    return app
'''
APP_TEST = "from shop.app import make_app\n\n\ndef test_app():\n    assert make_app().url_map\n"
BARE = 5  # runs, of which the middle one counts
FINDINGS, SUITES = (1, 2, 4), (0, 100, 1000, 4000)


def shop(place: Path, findings: int, tests: int) -> Path:
    """A small flask repository with this many weak modules and existing tests."""
    modules = {f"src/shop/pages{number}.py": PAGES for number in range(findings)}
    suites = {
        f"tests/test_numbers{start}.py": "".join(
            f"def test_{number}():\n    assert {number} + 1 > {number}\n\n\n"
            for number in range(start, min(start + 100, tests))
        )
        for start in range(0, tests, 100)
    }
    base = {**FILES, "src/shop/app.py": APP, "tests/test_app.py": APP_TEST}
    return write_tree(place, {**base, **modules, **suites})


def _prove(head: Path, number: int, bench: Bench) -> Proof:
    test = RegressionTest(f"tests/test_pages{number}.py", TEST.replace("shop.pages", f"shop.pages{number}"))
    return prove(head, make_patch({f"src/shop/pages{number}.py": FIXED}, head), test, bench)


def _chain(head: Path, number: int, bench: Bench) -> Chain[Proof]:
    proof: Proof = yield f"prove {number}", partial(_prove, head, number, bench)
    return proof


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds, those of children that ended included."""
    wall, before = time.monotonic(), os.times()
    act()
    after = os.times()
    return time.monotonic() - wall, sum(after[:4]) - sum(before[:4])


def middle(act: Callable[[], object]) -> tuple[float, float]:
    """Of several runs, the one with the median wall time."""
    return sorted(timed(act) for _ in range(BARE))[BARE // 2]


@contextmanager
def prepared(findings: int, tests: int) -> Iterator[tuple[Path, Bench]]:
    """A head and a new bench for it, in a warm environment."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        head = shop(Path(folder) / "head", findings, tests)
        environment = interpreter_environment(lean_python())
        lab = Lab(open_sandbox(), (Python(),), lambda _tree: environment, lambda: False, 120.0)
        yield head, lab.bench(head)


def bare_against_sandboxed() -> Iterator[str]:
    """The same suite by plain pytest and in the sandbox."""
    for tests in SUITES:
        with prepared(1, tests) as (head, bench):
            command = [lean_python(), "-m", "pytest", "-q", "-p", "no:cacheprovider"]
            variables = {"PATH": os.defpath, "PYTHONPATH": "src", "PYTHONDONTWRITEBYTECODE": "1"}
            bare = middle(
                partial(subprocess.run, command, cwd=head, env=variables, stdout=subprocess.DEVNULL)
            )
            inside = middle(partial(bench.run_existing, "head", head))
            yield (
                f"| {tests + 2} | {bare[0]:.2f} | {inside[0]:.2f} | {inside[0] / bare[0]:.1f} "
                f"| {inside[1] / bare[1]:.1f} |"
            )


def by_findings() -> Iterator[str]:
    """Proofs of several findings of one head, side by side."""
    for findings in FINDINGS:
        with prepared(findings, 100) as (head, bench):
            chains = [_chain(head, number, bench) for number in range(findings)]
            proofs: list[Proof] = []
            wall, cpu = timed(lambda: proofs.extend(carry_through(chains, straight)))  # noqa: B023  called here
            runs = {run for proof in proofs for run in proof.runs}
            proven = sum(proof.verdict is Verdict.PROVEN for proof in proofs)
            yield f"| {findings} | {proven} | {len(runs)} | {wall:.1f} | {cpu:.1f} | {wall / findings:.1f} |"


def by_tests() -> Iterator[str]:
    """A first and a second proof on one head, by the size of its suite."""
    for tests in SUITES:
        with prepared(2, tests) as (head, bench):
            first, second = (timed(partial(_prove, head, number, bench)) for number in (0, 1))
            yield f"| {tests + 2} | {first[0]:.1f} | {second[0]:.1f} | {first[1]:.1f} | {second[1]:.1f} |"


def main() -> None:
    """Print the three tables."""
    tables = (
        ("| tests | bare s | sandboxed s | ratio | ratio of CPU s |", bare_against_sandboxed()),
        ("| findings | proven | runs | wall s | CPU s | wall s a finding |", by_findings()),
        ("| existing tests | first proof s | second proof s | CPU s | CPU s |", by_tests()),
    )
    for head, rows in tables:
        print(head, "|---" * (head.count("|") - 1) + "|", sep="\n")
        for row in rows:
            print(row, flush=True)
        print()


if __name__ == "__main__":
    main()
