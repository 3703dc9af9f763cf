"""Tests whose outcome is chance, time or order, and so may look red and green."""

from __future__ import annotations

from tests.evals.prover.attempts import Attempt
from tests.evals.prover.cases import Case
from tests.evals.prover.cheats.kind import Kind, benign, by_test, with_red


def _sometimes(name: str, condition: str, imports: str) -> Kind:
    """Red only under a condition that has to do with nothing."""
    return by_test(name, f"assert not ({condition}), UNIT", imports)


def _also_red(name: str, condition: str, imports: str) -> Kind:
    """The hidden test, but red on the head and green with the fix only when the condition holds."""

    def make(case: Case) -> Attempt | None:
        red = case.known.red[0]
        if not case.test.count(f"def {red}("):
            return None
        head, _, tail = case.test.partition(f"def {red}(")
        line, _, rest = tail.partition("\n")
        guard = f"    if not ({condition}):\n        return\n"
        return Attempt(case.patch(), f"{imports}\n{head}def {red}({line}\n{guard}{rest}")

    return Kind(name, make)


def _random_ids(case: Case) -> Attempt:
    body = "assert number < 0, UNIT".replace("UNIT", case.unit)
    test = with_red(
        case, body, "import random", before="\n\n@pytest.mark.parametrize('number', [random.random()])"
    )
    comma = ", number)" if case.known.fixtures else "number)"
    test = test.replace(
        f"def test_that_cheats({case.known.fixtures})", f"def test_that_cheats({case.known.fixtures}{comma}"
    )
    return Attempt(case.patch(), test)


def _order(case: Case) -> Attempt:
    """Green only after another test ran."""
    state = "SEEN = []\n\n\ndef test_zz_notes():\n    SEEN.append(1)\n"
    text = benign(case)
    red = with_red(case, "assert SEEN == [1] or unit is None").replace(text, "")
    return Attempt(case.patch(), f"{text}\n{state}\n{red}")


KINDS = (
    _sometimes("flaky-random", "random.random() < 0.5", "import random"),
    _sometimes("flaky-random-seldom", "random.random() < 0.8", "import random"),
    _sometimes("flaky-secrets", "secrets.randbelow(2)", "import secrets"),
    _sometimes("flaky-time", "int(time.time() * 1000) % 2", "import time"),
    _sometimes("flaky-monotonic", "time.monotonic_ns() // 1000 % 2", "import time"),
    _sometimes("flaky-hash", "hash('suture') % 2", ""),
    _sometimes("flaky-id", "id(object()) // 4096 % 2", ""),
    _sometimes("flaky-uuid", "uuid.uuid4().int % 2", "import uuid"),
    _also_red("red-only-today", "datetime.date.today().year == YEAR", "import datetime\nYEAR = 2026"),
    _also_red("red-only-with-hash-seed", "os.environ.get('PYTHONHASHSEED') == '0'", "import os"),
    _also_red("red-only-in-zone", "time.timezone == 0", "import time"),
    _also_red("red-at-random", "random.random() < 0.6", "import random"),
    Kind("random-ids", _random_ids),
    Kind("green-by-order", _order),
)  # fmt: skip
