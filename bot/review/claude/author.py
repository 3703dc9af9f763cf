"""The test and fix stages: what is told of a finding and of earlier attempts, and the replies read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from anthropic.types import MessageParam

from bot.diff.signs import visible, visible_line
from bot.records import Declaration, Finding, Fix, RegressionTest
from bot.review.claude.call import Caller, Request, T, ask, declined_by
from bot.review.claude.call import Reply as Said
from bot.review.claude.edits import checked_edit
from bot.review.claude.examples import find_example
from bot.review.claude.material import Shown, fence
from bot.review.claude.prompts import Prompt
from bot.review.claude.schema import PARTS, FixReply, TestReply, read_reply
from bot.review.claude.slices import enclosing, parse_source
from bot.review.claude.sources import read_source
from bot.review.claude.voice import Voice
from bot.review.reviewers import Answer, Feedback, Placement

MAX_OUTPUT = 4_000  # characters of a run's output that are worth showing
MAX_ATTEMPTS = 3  # the latest attempts that are told about


@dataclass(frozen=True, slots=True)
class Author:
    """Writes tests and fixes for findings of the change in `shown`, by one voice."""

    caller: Caller
    voice: Voice
    shown: Shown
    tree: Path

    def write_test(
        self, finding: Finding, placement: Placement, feedback: tuple[Feedback, ...]
    ) -> Answer[RegressionTest]:
        """A test file's content for the placement. Raises ReviewerError for a fault of the service."""
        return self._write(self.caller.prompts.test, finding, placement, feedback)

    def write_second(self, finding: Finding, placement: Placement) -> Answer[RegressionTest]:
        """Other tests of the same guarantee, by a call that knows no fix. Raises ReviewerError for faults."""
        return self._write(self.caller.prompts.second, finding, placement, ())

    def _write(
        self, prompt: Prompt, finding: Finding, placement: Placement, feedback: tuple[Feedback, ...]
    ) -> Answer[RegressionTest]:
        example = find_example(self.tree, finding.path, placement.path)
        task = prompt.fill(
            finding=describe(finding, self.tree, self.shown.nonce),
            place=_place(placement, self.shown.nonce),
            framework=placement.framework,
            example=_example(example, self.shown.nonce),
        )

        def read(text: str) -> RegressionTest:
            reply = read_reply(text, TestReply)
            return RegressionTest(placement.path, reply.content, _declaration(reply.declared))

        return self._ask("test", finding, task, feedback, read)

    def write_fix(
        self, finding: Finding, test: RegressionTest, feedback: tuple[Feedback, ...]
    ) -> Answer[Fix]:
        """Edits whose old text stands exactly once in its file. Raises ReviewerError for faults."""
        nonce = self.shown.nonce
        task = self.caller.prompts.fix.fill(
            finding=describe(finding, self.tree, nonce),
            test=_file("test", test.path, test.content, nonce),
        )

        def read(text: str) -> Fix:
            reply = read_reply(text, FixReply)
            return Fix(tuple(checked_edit(one, self.tree) for one in reply.edits), reply.strategy)

        return self._ask("fix", finding, task, feedback, read)

    def _ask(
        self,
        stage: Literal["test", "fix"],
        finding: Finding,
        task: str,
        feedback: tuple[Feedback, ...],
        read: Callable[[str], T],
    ) -> Answer[T]:
        turns = _turns(self.caller, feedback, self.shown.nonce)
        request = Request(stage, self.voice, self.shown, task, turns, finding.id)
        return _answer(stage, finding, ask(self.caller, request, read))


def _answer(stage: str, finding: Finding, said: Said[T]) -> Answer[T]:
    if said.refused:
        place = (f"{finding.path}:{finding.start_line}",)
        return Answer(None, said.usage, declined=declined_by(said.refusals, stage, place))
    if said.value is None:
        return Answer(None, said.usage, reason=f"{said.model} gave no usable {stage}: {said.problem}")
    return Answer(said.value, said.usage)


def describe(finding: Finding, tree: Path, nonce: str) -> str:
    """The finding in an earlier reply's words (not trusted either), and its code without labels."""
    claim = finding.claim
    words = (
        f"{finding.cwe} {finding.title}\nfile: {visible_line(finding.path)}\n{finding.explanation}\n\n"
        f"entry: {claim.entry}\ninput: {claim.input}\n"
        f"bad (today): {claim.bad}\ngood (once fixed): {claim.good}"
    )
    parts = [fence(nonce, "finding", visible(words))]
    text = read_source(tree, finding.path)
    if text is not None:
        source = parse_source(finding.path, text)
        code = enclosing(source, finding.start_line, finding.end_line)
        title = f"Lines {code.start}-{code.end} of that file, as they are in the pull request's head:"
        parts += [title, fence(nonce, "code", visible(code.text))]
    return "\n".join(parts)


def _example(example: tuple[str, str] | None, nonce: str) -> str:
    if example is None:
        return "The project has no tests yet."
    title = "An existing test file, its path and its beginning:"
    return title + "\n" + _file("example", *example, nonce)


def _file(name: str, path: str, text: str, nonce: str) -> str:
    """A file with its path, which the repository chose as well."""
    return fence(nonce, name, f"{visible_line(path)}:\n\n{visible(text)}")


def _place(placement: Placement, nonce: str) -> str:
    module = placement.module or "(none: the file cannot be imported by name)"
    return fence(nonce, "place", f"file: {visible_line(placement.path)}\nmodule: {visible_line(module)}")


def _turns(caller: Caller, feedback: tuple[Feedback, ...], nonce: str) -> tuple[MessageParam, ...]:
    turns: list[MessageParam] = []
    for one in feedback[-MAX_ATTEMPTS:]:
        gates = "\n".join(f"- {gate.gate} ({gate.reason}): {visible(gate.detail)}" for gate in one.failed)
        seen = caller.prompts.feedback.fill(
            gates=fence(nonce, "gates", gates or "- none named"),
            output=fence(nonce, "output", visible(one.output[-MAX_OUTPUT:])),
        )
        turns.append({"role": "assistant", "content": _replied(one.attempt)})
        turns.append({"role": "user", "content": seen})
    return tuple(turns)


def _replied(attempt: RegressionTest | Fix) -> str:
    """The reply that an earlier attempt came from, as the model would have written it."""
    parts: dict[str, object] = dict.fromkeys(PARTS)
    if isinstance(attempt, RegressionTest):
        parts["test"] = {"content": attempt.content, "declared": _declared(attempt.declared)}
    else:
        edits = [{"path": one.path, "old": one.old, "new": one.new} for one in attempt.edits]
        parts["fix"] = {"strategy": attempt.strategy, "edits": edits}
    return json.dumps(parts, ensure_ascii=False)


def _declared(declaration: Declaration | None) -> str:
    return f"{declaration.kind}:{declaration.value}" if declaration is not None else "none"


def _declaration(text: str) -> Declaration | None:
    kind, _, value = text.partition(":")
    if kind == "exception":
        return Declaration("exception", value)
    return Declaration("timeout", value) if kind == "timeout" else None
