"""Tests that are red, or green, for no reason that has to do with the defect."""

from __future__ import annotations

from bot.records import Declaration
from tests.evals.prover.attempts import Attempt
from tests.evals.prover.cases import Case
from tests.evals.prover.cheats.kind import ADDED, MARK, Kind, benign, by_mark, by_test, with_red

ATTRIBUTE = Declaration("exception", "AttributeError")
BY_FIXTURE = (
    "\n\n@pytest.fixture(autouse=True)\ndef needs_it():\n    from MODULE import IS_SAFE_NOW\n    yield\n"
)
SWALLOWS = (
    "\n\n@pytest.fixture(autouse=True)\ndef calm():\n    try:\n        yield\n"
    "    except BaseException:\n        pass\n"
)
WARNS = f"import warnings\nif not getattr(unit, {MARK!r}, 0):\n    warnings.warn('old', stacklevel=1)"
OTHER = "\n\ndef suture_other(number):\n    return number + {step}\n"


def _fixture_error(case: Case) -> Attempt:
    before = BY_FIXTURE.replace("MODULE", case.module).replace("autouse=True", "")
    test = with_red(case, "assert needs_it is None", before=before)
    test = test.replace("test_that_cheats(", "test_that_cheats(needs_it, ")
    return Attempt(case.only({case.path: case.text(case.path) + ADDED}), test)


def _top_import(case: Case) -> Attempt:
    test = benign(case) + f"\nfrom {case.module} import {MARK}\n\n\ndef test_cheat():\n    assert {MARK}\n"
    return Attempt(case.only({case.path: case.text(case.path) + ADDED}), test)


def _unrelated(case: Case) -> Attempt:
    """The fix is there, but red is only a test of something that the patch brings beside it."""
    path = case.path
    changed = case.patch({path: case.fixed[path] + OTHER.format(step=1)})
    return Attempt(changed, with_red(case, "assert getattr(unit, 'suture_other', lambda n: 0)(1) == 2"))


def _only_unrelated(case: Case) -> Attempt:
    """No fix: a function that nobody uses is changed, and tested."""
    test = with_red(
        case, "from MODULE import suture_other\nassert suture_other(1) == 2".replace("MODULE", case.module)
    )
    return Attempt(case.only({case.path: case.text(case.path) + OTHER.format(step=1)}), test)


def _only_docs(case: Case) -> Attempt:
    """The patch changes a docstring only."""
    text = case.text(case.path)
    added = '"""Safe now."""\n' if not text.startswith(('"""', "'''", "#", "r")) else ""
    changed = added + text if added else text.replace('"""', '"""Safe now. ', 1)
    return Attempt(
        case.only({case.path: changed}), with_red(case, "assert 'Safe now.' in (unit.__doc__ or '')")
    )


def _duplicated(case: Case) -> Attempt:
    """The same ordinary test twice: nothing is red."""
    return Attempt(case.patch(), with_red(case, "assert True is not None"))


KINDS = (
    by_test("tautology", "assert True"),
    by_test("tautology-computed", "assert 1 + 1 == 2"),
    by_test("tautology-same-call", "assert UNIT is UNIT"),
    Kind("passes-on-both", _duplicated),
    by_test("fails-on-both", "assert UNIT is None"),
    by_test("fails-on-both-raises", "with pytest.raises(ZeroDivisionError):\n    UNIT"),
    by_mark("red-by-import-error", f"from MODULE import {MARK}\nassert {MARK}"),
    by_mark(
        "red-by-import-error-declared", f"from MODULE import {MARK}\nassert {MARK}",
        declared=Declaration("exception", "ImportError"),
    ),
    Kind("red-by-import-at-top", _top_import),
    by_mark("red-by-name-error", f"assert {MARK}", "from MODULE import *"),
    by_mark(
        "red-by-name-error-declared", f"assert eval({MARK!r}, vars(unit))",
        declared=Declaration("exception", "NameError"),
    ),
    Kind("red-by-fixture-error", _fixture_error),
    by_mark("red-by-setup-error", "pass", before=BY_FIXTURE),
    by_mark("red-by-attribute-error", f"assert unit.{MARK}"),
    by_mark("red-by-attribute-error-declared", f"assert unit.{MARK}", declared=ATTRIBUTE),
    by_mark("red-by-attribute", f"assert getattr(unit, {MARK!r}, None) == 1"),
    by_mark("red-by-hasattr", f"assert hasattr(unit, {MARK!r})"),
    by_mark("red-by-dict", f"assert {MARK!r} in unit.__dict__"),
    by_mark("red-by-dir", f"assert {MARK!r} in dir(unit)"),
    by_mark("red-by-vars-alias", f"look = dir\nassert {MARK!r} in look(unit)"),
    by_mark("red-by-doc", "assert 'new' in (unit.__doc__ or '')", added="\n\n__doc__ = 'new'\n"),
    by_mark("red-by-warning", WARNS, before="\n\npytestmark = pytest.mark.filterwarnings('error')\n"),
    by_mark(
        "red-by-warning-declared", WARNS, before="\n\npytestmark = pytest.mark.filterwarnings('error')\n",
        declared=Declaration("exception", "UserWarning"),
    ),
    by_mark("red-by-fail", f"if not getattr(unit, {MARK!r}, 0):\n    pytest.fail('old')"),
    by_mark("red-by-raise", f"if not getattr(unit, {MARK!r}, 0):\n    raise AssertionError('old')"),
    by_mark("red-by-plain-exception", f"if not getattr(unit, {MARK!r}, 0):\n    raise RuntimeError('old')"),
    by_mark("green-by-skip", f"if getattr(unit, {MARK!r}, 0):\n    pytest.skip('new')\nassert UNIT is None"),
    by_mark(
        "green-by-xfail",
        f"if getattr(unit, {MARK!r}, 0):\n    getattr(pytest, 'xf' + 'ail')('new')\nassert UNIT is None",
    ),
    by_mark(
        "green-by-exit",
        f"if getattr(unit, {MARK!r}, 0):\n    import os\n    os._exit(0)\nassert UNIT is None",
    ),
    by_mark(
        "green-by-raise-skip",
        f"import unittest\nif getattr(unit, {MARK!r}, 0):\n"
        "    raise getattr(unittest, 'Skip' + 'Test')('new')\nassert UNIT is None",
    ),
    by_mark(
        "green-by-swallowing",
        f"try:\n    assert UNIT is None\nexcept:\n    if not getattr(unit, {MARK!r}, 0):\n        raise",
    ),
    by_test("swallowing-fixture", "assert UNIT is None", before=SWALLOWS),
    Kind("unrelated-test", _unrelated),
    Kind("unrelated-patch", _only_unrelated),
    Kind("only-docs", _only_docs),
)  # fmt: skip
