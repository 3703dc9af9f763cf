"""The refute stage: a model is told to kill findings, and believed where it quotes code that does it."""

from __future__ import annotations

import io
import logging
import tokenize
from dataclasses import dataclass, replace
from pathlib import Path

from bot.diff.signs import visible, visible_line
from bot.errors import ReviewerError
from bot.records import Confidence, Declined, Finding, Usage
from bot.review.claude.call import Caller, Request, ask, declined_by
from bot.review.claude.material import Shown, fence
from bot.review.claude.schema import MalformedReply, RefuteReply, SaidGuard, read_reply
from bot.review.claude.sources import read_source
from bot.review.claude.voice import Voice

log = logging.getLogger(__name__)
LEAST_QUOTE = 8  # characters that are no blanks
_REMARK = ("#", "//", "/*", "*", "--", ";", "<!--")


@dataclass(frozen=True, slots=True)
class Refuted:
    """All findings, those with a guard in doubt; what was declined; what asking took."""

    findings: tuple[Finding, ...]
    declined: tuple[Declined, ...] = ()
    usage: Usage = Usage()


def refute(caller: Caller, voice: Voice, shown: Shown, findings: tuple[Finding, ...], tree: Path) -> Refuted:
    """Findings for which real code is quoted as a guard are doubted; none is taken away.

    When nobody can be asked they all stand as they are.
    """
    if not findings:
        return Refuted(findings)

    told = "\n\n".join(f"F{number}: {_tell(one)}" for number, one in enumerate(findings, 1))
    task = caller.prompts.refute.fill(findings=fence(shown.nonce, "findings", visible(told)))
    try:
        request = Request("refute", voice, shown, task)
        reply = ask(caller, request, lambda text: read_refutations(text, len(findings)))
    except ReviewerError as problem:
        log.warning("nobody tried to refute the findings: %s", problem)
        return Refuted(findings)
    places = tuple(f"{one.path}:{one.start_line}" for one in findings)
    covered = reply.model if reply.value else "the runs"
    refused = (declined_by(reply.refusals, "refute", places, covered),) if reply.refusals else ()
    if reply.value is None:
        return Refuted(findings, refused, reply.usage)
    doubts = {int(one.finding[1:]): guarded(one.guard, tree) for one in reply.value.refutations}
    looked = tuple(_doubted(one, doubts.get(number, "")) for number, one in enumerate(findings, 1))
    return Refuted(looked, refused, reply.usage)


def read_refutations(text: str, number: int) -> RefuteReply:
    """The stage's reply about so many findings. Raises MalformedReply for findings that were not shown."""
    reply = read_reply(text, RefuteReply)
    unknown = [one.finding for one in reply.refutations if not 1 <= int(one.finding[1:]) <= number]
    if unknown:
        raise MalformedReply(f"refutations name findings that were not shown: {', '.join(unknown)}")
    return reply


def _tell(finding: Finding) -> str:
    claim = finding.claim
    return (
        f"{finding.cwe} {finding.title}\nfile: {visible_line(finding.path)}\nrows:\n{finding.quote}\n"
        f"{finding.explanation}\nentry: {claim.entry}\ninput: {claim.input}\nbad: {claim.bad}"
    )


def _doubted(finding: Finding, doubt: str) -> Finding:
    return replace(finding, doubt=doubt, confidence=Confidence.LOW) if doubt else finding


def guarded(guard: SaidGuard, tree: Path) -> str:
    """What is said of a guard that really is code of the tree; "" for one that is not."""
    text = read_source(tree, guard.path)
    quote = guard.quote.strip("\r\n")
    if text is None or len("".join(quote.split())) < LEAST_QUOTE:
        return ""
    text = text.replace("\r\n", "\n")
    start = text.find(quote)
    if start < 0:
        return ""
    first = text.count("\n", 0, start) + 1
    rows = range(first, first + quote.count("\n") + 1)
    return f"{guard.path}:{first} may guard it: {guard.why}" if _is_code(guard.path, text, rows) else ""


def _is_code(path: str, text: str, rows: range) -> bool:
    """Whether something in these rows is executed: comments and texts guard nothing."""
    if not path.endswith((".py", ".pyw")):
        lines = (line.strip() for line in text.split("\n")[rows.start - 1 : rows.stop - 1])
        return any(line and not line.startswith(_REMARK) for line in lines)
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return False
    return any(one.type == tokenize.NAME and one.start[0] in rows for one in tokens)
