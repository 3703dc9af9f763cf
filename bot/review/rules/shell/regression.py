"""The regression test for a command injection: the input is one argument of one program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.records import RegressionTest
from bot.review.reviewers import Placement
from bot.review.rules.analysis.template import Template
from bot.review.rules.shell.words import program
from bot.review.rules.writing.arguments import nothing
from bot.review.rules.writing.invocation import Invocation, invocation
from bot.review.rules.writing.rewrite import CannotWrite
from bot.review.rules.writing.testfile import block, test_file

if TYPE_CHECKING:
    from bot.review.rules import Candidate


def write(
    candidate: Candidate, template: Template, placement: Placement, attempt: int, *, whole: bool
) -> RegressionTest:
    """The test. Attempts: a second command behind `;`, then one behind a closing quote."""
    if attempt > 1:
        raise CannotWrite("No input made the shell run a second command.")
    name = program(template)
    if not name:
        raise CannotWrite("A test cannot tell which program the command runs.")
    if "/" in name:
        raise CannotWrite(
            "The command names its program by an absolute path, where a test cannot put another one."
        )
    function, label = candidate.site.function, candidate.origin.label
    call = invocation(function, candidate.origin, placement, nothing)
    quote = _quote_around(candidate, template)
    marker = f"sample{quote}; : > marker; : {quote}" if (quote and not attempt) else "sample; : > marker"
    marker = f"'{marker}'" if '"' in marker else f'"{marker}"'
    blocks = (
        _fixture(name),
        _helper(function.name, name, call),
        _red(name, label, marker, whole=whole),
        _sibling(name, label),
    )
    guarantee = f"`{function.name}`: {label} is one argument of {name}, never a command."
    return test_file(placement, guarantee, ("import pytest", *call.imports), blocks)


def _quote_around(candidate: Candidate, template: Template) -> str:
    """The shell quote that stands around the marked value, "" for none."""
    inside = ""
    for part in template.parts:
        if hasattr(part, "value"):
            if candidate.origin in candidate.site.taint(part.value).origins:
                return inside
            continue
        for sign in part.raw.replace("\\", ""):
            inside = "" if sign == inside else sign if not inside and sign in "'\"" else inside
    return ""


def _fixture(name: str) -> str:
    folder = f'folder / "{name}"'
    return block(
        "@pytest.fixture\ndef arguments(tmp_path, monkeypatch):",
        f"A folder with a stand-in for {name} that only writes down its arguments.",
        [
            'folder = tmp_path / "bin"',
            "folder.mkdir()",
            f"program = {folder}",
            'program.write_text(\'#!/bin/sh\\nprintf "%s\\\\n" "$@" | tee "$0.arguments"\\n\')',
            "program.chmod(0o755)",
            'monkeypatch.setenv("PATH", str(folder), prepend=":")',
            "monkeypatch.chdir(tmp_path)",
            f'return folder / "{name}.arguments"',
        ],
    )


def _helper(function: str, name: str, call: Invocation) -> str:
    more = "".join(f", {one}" for one in ("tmp_path", "monkeypatch") if call.uses(one))
    return block(
        f"def received(arguments, value{more}):",
        f"The arguments that {name} receives when `{function}` is given the value.",
        [*call.setup, call.call, "return arguments.read_text().splitlines()"],
    )


def _red(name: str, label: str, marker: str, *, whole: bool) -> str:
    rows = [f"value = {marker}", "seen = received(arguments, value)", ""]
    rows.append('assert not (tmp_path / "marker").exists()')
    if whole:
        rows.append("assert any(value in one for one in seen)")
    else:
        rows.append('assert any("marker" in one for one in seen)')
    return block(
        f"def test_{label}_is_one_argument(arguments, tmp_path):",
        f"Signs that a shell would act on reach {name} as they are.",
        rows,
    )


def _sibling(name: str, label: str) -> str:
    return block(
        f"def test_plain_{label}_reaches_the_program(arguments):",
        f"A plain value is still handed to {name}.",
        ['assert any("sample" in one for one in received(arguments, "sample"))'],
    )
