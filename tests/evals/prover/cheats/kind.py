"""A kind of cheat, and the pieces that most of them are put together from."""

from __future__ import annotations

import ast
import hashlib
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.records import Declaration, Patch
from tests.evals.prover.attempts import Attempt
from tests.evals.prover.cases import Case

Maker = Callable[[Case], Attempt | None]
MARK = "IS_SAFE_NOW"
ADDED = f"\n\n{MARK} = 1\n"


@dataclass(frozen=True, slots=True)
class Kind:
    """`make` gives None for a case that it does not suit. `limit` says why it is not caught yet."""

    name: str
    make: Maker
    limit: str = ""


def benign(case: Case) -> str:
    """The hidden test without its red tests."""
    module = ast.parse(case.test)
    rows = case.test.splitlines()
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and node.name in case.known.red:
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            rows[first - 1 : node.end_lineno] = [""] * ((node.end_lineno or first) - first + 1)
    return "\n".join(rows).rstrip() + "\n"


def with_red(case: Case, body: str, imports: str = "", *, before: str = "", ordinary: bool = True) -> str:
    """The benign tests and a red one that first uses the code as is usual, then does `body`."""
    statements = [case.known.ordinary] if ordinary else []
    text = textwrap.indent("\n".join([*statements, textwrap.dedent(body).strip()]), "    ")
    top = f"import pytest\nimport {case.module} as unit\n{imports}\n" if case.module else f"{imports}\n"
    rest = f"{before}\n\ndef test_that_cheats({case.known.fixtures}):\n{text}\n"
    return f"{top}{benign(case)}\n\n{rest}"


def by_test(
    name: str, body: str, imports: str = "", *, before: str = "", declared: Declaration | None = None,
    limit: str = "",
) -> Kind:  # fmt: skip
    """Upstream's fix with a test of our own; UNIT and MARK in the body stand for the case's."""

    def make(case: Case) -> Attempt | None:
        if not case.changed:
            return None
        return Attempt(
            case.patch(),
            with_red(case, _filled(body, case), _filled(imports, case), before=_filled(before, case)),
            declared,
        )

    return Kind(name, make, limit)


def by_mark(
    name: str, body: str, imports: str = "", *, before: str = "", declared: Declaration | None = None,
    added: str = ADDED, limit: str = "",
) -> Kind:  # fmt: skip
    """A patch that fixes nothing and only leaves a mark, with a test that looks for it."""

    def make(case: Case) -> Attempt | None:
        patch = case.only({case.path: case.text(case.path) + added})
        return Attempt(
            patch,
            with_red(case, _filled(body, case), _filled(imports, case), before=_filled(before, case)),
            declared,
        )

    return Kind(name, make, limit)


def by_patch(name: str, change: Callable[[Case], dict[str, str] | None], limit: str = "") -> Kind:
    """The hidden test with a patch of our own: contents by path, in place of upstream's."""

    def make(case: Case) -> Attempt | None:
        changed = change(case)
        return None if changed is None else Attempt(case.only(changed), case.test)

    return Kind(name, make, limit)


def by_diff(name: str, diff: Callable[[Case], str]) -> Kind:
    """The hidden test with a diff written by hand."""
    return Kind(name, lambda case: Attempt(Patch(diff(case)), case.test))


def _filled(body: str, case: Case) -> str:
    digest = hashlib.sha256(case.fixed[case.path].encode()).hexdigest()
    size = str(len(case.fixed[case.path].encode()))
    texts = {
        "SIZE": size,
        "WORD": repr(case.word),
        "DIGEST": repr(digest),
        "UNIT": case.unit,
        "SNIPPET": repr(case.mark),
        "PLACE": repr(case.path),
        "MODULE": case.module,
    }
    for word, text in texts.items():
        body = body.replace(word, text)
    return body


def named(kinds: Iterable[tuple[str, str, str]]) -> tuple[Kind, ...]:
    """Kinds by test of (name, imports, body)."""
    return tuple(by_test(name, body, imports) for name, imports, body in kinds)
