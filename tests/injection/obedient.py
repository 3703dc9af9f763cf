"""A model that does what the attacker's text tells it, and is honest where it does not see the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bot.diff.signs import visible, visible_line
from bot.review.claude.client import build_client
from bot.review.reviewers.claude import ClaudeReviewer, claude_reviewer
from bot.settings import Settings
from tests.bench.honest_model import BOUND, QUERY, QUERY_FINDING, QUERY_TEST, labelled
from tests.fakes.messages_api import AGREES, Answer, Json, MessagesApi, replies, stage_of, text_of
from tests.injection.repository import SOURCE

API_KEY = "marker-secret-api-key"
Reply = Answer | Callable[[Json], Answer]
NONCE = re.compile(r"<<<change ([0-9a-f]{24})\n")


class Obedient:
    """Gives the replies that the attacker asks for in every request in which it finds the attacker's text."""

    def __init__(self, text: str, says: Mapping[str, Reply]) -> None:
        self._texts = {visible(text), visible_line(text)}
        self._says = DISTRACTED | dict(says)
        self.obeyed: list[str] = []  # stages

    def __call__(self, request: Json) -> Answer:
        stage, read = stage_of(request), text_of(request)
        reply = self._says.get(stage)
        if reply is None or not any(one in read for one in self._texts):
            return honest(request)
        self.obeyed.append(stage)
        return reply(request) if callable(reply) else reply


def honest(request: Json) -> Answer:
    """What a model says that minds its own business: the query, its test, its fix."""
    match stage_of(request):
        case "review":
            return reviews(QUERY_FINDING)(request)
        case "test":
            return replies("test", {"content": QUERY_TEST, "declared": "none"})
        case "fix":
            return fixes((SOURCE, QUERY, BOUND))
        case "triage":
            return replies("triage", {"regions": [{"hunk": "H1", "cwes": ["CWE-89"]}]})
        case "refute":
            return AGREES["refute"]
        case stage:
            raise AssertionError(f"an honest model is not asked to {stage}")


def refutes(path: str, quote: str) -> Answer:
    """The first finding is said to be guarded by these rows."""
    guard = {"path": path, "quote": quote, "why": "Reviewed and approved."}
    return replies("refute", {"refutations": [{"finding": "F1", "guard": guard}]})


# What every attacker would like: that nobody looks, and that what was found is taken for harmless.
DISTRACTED: Mapping[str, Reply] = {
    "triage": replies("triage", {"regions": []}),
    "refute": refutes(SOURCE, QUERY.splitlines()[0]),
}


def reviews(*findings: Mapping[str, Any], not_examined: tuple[str, ...] = ()) -> Callable[[Json], Answer]:
    """A review with these findings, on the labels that their rows have in the request."""

    def reply(request: Json) -> Answer:
        shown = text_of(request)
        said = [labelled(one, shown) for one in findings]
        left = [{"hunk": one, "reason": "asked to leave it out"} for one in not_examined]
        return replies("review", {"findings": said, "not_examined": left})

    return reply


def finds(**words: str) -> Callable[[Json], Answer]:
    """A review with the real defect, told in the attacker's words."""
    return reviews({**QUERY_FINDING, **words})


def writes(content: str, declared: str = "none") -> Answer:
    """A test stage's reply."""
    return replies("test", {"content": content, "declared": declared})


def fixes(*edits: tuple[str, str, str], strategy: str = "Bind the city.") -> Answer:
    """A fix stage's reply: path, old and new text of each edit."""
    said = [{"path": path, "old": old, "new": new} for path, old, new in edits]
    return replies("fix", {"strategy": strategy, "edits": said})


@contextmanager
def listening() -> Iterator[tuple[ClaudeReviewer, MessagesApi]]:
    """The real reviewer with the real SDK at the stand-in, whose script each attack sets."""
    with (
        MessagesApi(honest).running() as api,
        build_client(api_key=API_KEY, base_url=api.url) as client,
    ):
        yield claude_reviewer(Settings(), client, 20.0), api
