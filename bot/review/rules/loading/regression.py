"""A regression test for code that may run what it reads: a function of the test says if it was called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from bot.records import RegressionTest
from bot.review.reviewers import Placement
from bot.review.rules.analysis.names import string_value
from bot.review.rules.loading.content import Content
from bot.review.rules.writing.arguments import nothing
from bot.review.rules.writing.invocation import Invocation, invocation
from bot.review.rules.writing.testfile import block, test_file

if TYPE_CHECKING:
    from bot.review.rules import Candidate


@dataclass(frozen=True, slots=True)
class Sample:
    """Code of a marked and a plain input, and what the test needs for them."""

    marked: str
    plain: str
    imports: tuple[str, ...]
    helpers: tuple[str, ...]  # functions and classes beside `record`
    errors: tuple[str, ...]  # exceptions by which the code may refuse an input
    is_bytes: bool = False
    returned: str = "None"  # code of what `record` gives


def keys_of(candidate: Candidate) -> tuple[str, ...]:
    """String keys that the function reads from anything."""
    reader = _Keys()
    candidate.site.function.node.body.visit(reader)
    return tuple(
        dict.fromkeys(key for key in reader.keys if key != candidate.origin.key and re.fullmatch(r"\w+", key))
    )


class _Keys(cst.CSTVisitor):
    def __init__(self) -> None:
        self.keys: list[str] = []

    def visit_Subscript(self, node: cst.Subscript) -> None:  # noqa: N802 - libcst's name
        index = node.slice[0].slice
        key = string_value(index.value) if isinstance(index, cst.Index) else None
        if key is not None:
            self.keys.append(key)


def write(
    candidate: Candidate, content: Content, sample: Sample, placement: Placement, noun: str
) -> RegressionTest:
    """The marked input calls nothing; the plain one is read as before."""
    function = candidate.site.function
    call = invocation(function, candidate.origin, placement, nothing)
    if content.is_file:
        writing = "write_bytes" if sample.is_bytes else "write_text"
        path = '(tmp_path / "data")'
        call = call.after(f"{path}.{writing}(value)", f"value = {_path_code(candidate)}")
    record = "CALLS = []\n\n\n" + block(
        "def record(word):",
        f"Only a {noun} that is executed can call this.",
        ["CALLS.append(word)", f"return {sample.returned}" if sample.returned != "None" else ""],
    )
    more = [one for one in ("tmp_path", "monkeypatch") if call.uses(one)]
    helper = _helper(function.name, call, more)
    imports: Iterable[str] = ("import contextlib", *sample.imports, *call.imports)
    guarantee = f"`{function.name}`: {candidate.origin.label} is data; nothing in it is executed."
    blocks = (
        record,
        *sample.helpers,
        helper,
        _red(candidate, call, sample, noun, more),
        _sibling(candidate, call, sample, noun, more),
    )
    return test_file(placement, guarantee, imports, blocks)


def _path_code(candidate: Candidate) -> str:
    is_object = "Path" in candidate.site.function.annotation(candidate.origin.name)
    return 'tmp_path / "data"' if is_object else 'str(tmp_path / "data")'


def _helper(name: str, call: Invocation, more: list[str]) -> str:
    rows = [*call.setup, f"return {call.call}"]
    return block(f"def give({', '.join(['value', *more])}):", f"What `{name}` makes of the value.", rows)


def _red(candidate: Candidate, call: Invocation, sample: Sample, noun: str, more: list[str]) -> str:
    errors = ", ".join(dict.fromkeys((*sample.errors, *call.refusals)))
    rows = [
        "CALLS.clear()",
        f"with contextlib.suppress({errors}):",
        f"    give({', '.join([sample.marked, *more])})",
        "",
        "assert CALLS == []",
    ]
    return block(
        f"def test_{candidate.origin.label}_is_not_executed({', '.join(more)}):",
        f"A {noun} that asks for a call is refused or read as data.",
        rows,
    )


def _sibling(candidate: Candidate, call: Invocation, sample: Sample, noun: str, more: list[str]) -> str:
    seen = f"give({', '.join([sample.plain, *more])})"
    if call.is_response:
        rows = [f"assert {seen}.status_code < 500"]
    elif _returns(candidate):
        rows = [f"assert {seen} is not None"]
    else:
        rows = ["CALLS.clear()", seen, "", "assert CALLS == []"]
    return block(
        f"def test_plain_{candidate.origin.label}_is_still_read({', '.join(more)}):",
        f"A plain {noun} is read as before.",
        rows,
    )


def _returns(candidate: Candidate) -> bool:
    """Does the function hand back what it loaded?"""
    site = candidate.site
    small = site.statement.body[0] if isinstance(site.statement, cst.SimpleStatementLine) else None
    return isinstance(small, cst.Return) and small.value is site.call
