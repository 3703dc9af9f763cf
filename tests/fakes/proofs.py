"""A whole proof as nothing but records, for tests that need no run of their own."""

from __future__ import annotations

from bot.gates import GATES, passed, refused
from bot.proof.evidence import Head, Setting
from bot.records import Declaration, Patch, Proof, Reason, RegressionTest, Verdict
from tests.unit.runs import PATH, failed, run
from tests.unit.runs import passed as passes

HEAD = Head("a" * 40, "b" * 40)
SETTING = Setting("0123456789abcdef01234567", "interpreter /x/bin/python", ("lib",), 300.0)
PATCH = Patch("--- a/shop/paths.py\n+++ b/shop/paths.py\n@@ -1 +1 @@\n-ä = 1\n+ä = 2\n")
TEST = RegressionTest(PATH, "def test_one():\n    assert ä == 2\n", Declaration("timeout", "2"))
PROVEN = Proof(
    Verdict.PROVEN,
    tuple(passed(name, f"{name} holds.") for name in GATES),
    (run(failed()), run(passes(), tree="fixed")),
)
REPRODUCED = Proof(
    Verdict.REPRODUCED,
    (*PROVEN.gates[:5], refused("G5", Reason.NOT_GREEN, "Not green."), *PROVEN.gates[6:]),
    PROVEN.runs[:1],
)
