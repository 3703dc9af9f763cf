"""Replies that were once given to the reviewer's exact requests, kept as lines of JSON and given again.

A request that is not among them is missed, and said so: no reply is ever made to fit.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from tests.fakes.messages_api import Answer, Json, stage_of

MARK = re.compile(r"^<<<[\w-]+ ([0-9a-f]{24})$", re.MULTILINE)
Source = Callable[[Json, int], Answer]  # a request, and which of the same kind it is
OF_A_RUN = re.compile(r"^<<<(output|gates) \[mark\]$.*?^\1 \[mark\]>>>$", re.MULTILINE | re.DOTALL)
NEW_EACH_TIME = re.compile(r"\b\d+(\.\d+)? ?s\b|\b0x[0-9a-f]+\b")
WHAT_COUNTS = ("model", "system", "messages", "output_config")
NOT_RECORDED = {"type": "error", "error": {"type": "invalid_request_error", "message": "not recorded"}}


@dataclass(frozen=True, slots=True)
class Recorded:
    """One reply: the `ordinal`th to requests of this digest."""

    digest: str
    ordinal: int
    stage: str
    prompts: tuple[str, ...]  # "review 3": versions of the prompts' files when it was recorded
    model: str
    reply: str | None
    stop_reason: str | None = "end_turn"
    stop_details: Mapping[str, Any] | None = None
    usage: Mapping[str, int] | None = None  # by the service itself; None where a stand-in counted


def canonical(request: Json) -> str:
    """The request as text, without what every process and every run makes anew.

    That is the secret of the marks and, in what is told of a run, its seconds and addresses in memory.
    """
    asked = {name: request.get(name) for name in WHAT_COUNTS}
    return json.dumps(_steady(asked), sort_keys=True, ensure_ascii=False)


def digest_of(request: Json) -> str:
    """The same for the same request, whichever process asked."""
    return hashlib.sha256(canonical(request).encode()).hexdigest()


def _steady(value: Any) -> Any:
    """The same value with all its texts made steady."""
    if isinstance(value, dict):
        return {key: _steady(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_steady(one) for one in value]
    if not isinstance(value, str) or not (found := MARK.search(value)):
        return value
    return OF_A_RUN.sub(lambda told: NEW_EACH_TIME.sub("[new]", told[0]), value.replace(found[1], "[mark]"))


class Tape:
    """The recording of one review, and what one run asked of it. Safe to use from threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._lines = {(one.digest, one.ordinal): one for one in _read(path)}
        self._asked: Counter[str] = Counter()
        self._used: list[tuple[str, int]] = []
        self._unanswered: dict[tuple[str, int], str] = {}

    @property
    def missed(self) -> list[str]:
        """The stages of requests that had no reply to the end."""
        return list(self._unanswered.values())

    @property
    def is_estimated(self) -> bool:
        """Whether a reply was given whose tokens no service has counted."""
        return any(self._lines[key].usage is None for key in self._used)

    @property
    def asked(self) -> int:
        return sum(self._asked.values())

    def ask(self, request: Json) -> tuple[str, int]:
        """The request's digest, and which of this digest it is in this run."""
        digest = digest_of(request)
        with self._lock:
            failed = [number for one, number in self._unanswered if one == digest]
            ordinal = failed[0] if failed else self._asked[digest] + 1
            self._asked[digest] = max(ordinal, self._asked[digest])
            self._unanswered.pop((digest, ordinal), None)
            return digest, ordinal

    def replies(self, stage: str) -> list[str]:
        """What is kept of a stage, in the order it was said."""
        return [one.reply or "" for one in self._lines.values() if one.stage == stage]

    def find(self, digest: str, ordinal: int) -> Recorded | None:
        """The kept reply."""
        with self._lock:
            found = self._lines.get((digest, ordinal))
            if found:
                self._used.append((digest, ordinal))
            return found

    def miss(self, digest: str, ordinal: int, stage: str) -> None:
        """Note that there is none; one that failed may be asked again, and takes the same place then."""
        with self._lock:
            self._unanswered[digest, ordinal] = stage

    def keep(self, one: Recorded) -> None:
        """Write a reply down at once, so that nothing that was answered is lost."""
        with self._lock:
            self._lines[one.digest, one.ordinal] = one
            self._used.append((one.digest, one.ordinal))
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(_line(one))

    def drop_unused(self) -> None:
        """Leave in the file only what this run was given, in its order: the rest is of older prompts."""
        if self._used and not self._unanswered:
            text = "".join(_line(self._lines[key]) for key in dict.fromkeys(self._used))
            self.path.write_text(text, encoding="utf-8")


def _read(path: Path) -> list[Recorded]:
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Recorded(**{**one, "prompts": tuple(one["prompts"])}) for one in map(json.loads, lines)]


def _line(one: Recorded) -> str:
    return json.dumps(asdict(one), ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class Replay:
    """A `Script` that answers from a tape; what it does not hold comes from `source`, or is missed."""

    tape: Tape
    source: Source | None = None

    def __call__(self, request: Json) -> Answer:
        digest, ordinal = self.tape.ask(request)
        if found := self.tape.find(digest, ordinal):
            return _answer(found)
        stage = stage_of(request) or "unknown"
        if self.source is None:
            self.tape.miss(digest, ordinal, stage)
            return Answer(status=400, body=json.dumps(NOT_RECORDED).encode())
        blank = Recorded(digest, ordinal, stage, _prompts(stage), request["model"], None)
        return self._kept(blank, self.source(request, ordinal))

    def _kept(self, blank: Recorded, answer: Answer) -> Answer:
        """The source's answer, written down once there is one; a failure of the service is not."""
        if answer.status >= 400:
            self.tape.miss(blank.digest, blank.ordinal, blank.stage)
            return answer
        if (pending := answer.pending) is None:
            said = replace(
                blank,
                reply=answer.text,
                stop_reason=answer.stop_reason,
                stop_details=answer.stop_details,
                usage=answer.changes.get("usage"),
            )
            self.tape.keep(said)
            return answer

        def text() -> str | None:
            if (said := pending()) is not None:
                self.tape.keep(replace(blank, reply=said))
            return said

        return replace(answer, pending=text)


def _answer(one: Recorded) -> Answer:
    changes = {"usage": dict(one.usage)} if one.usage else {}
    details = dict(one.stop_details) if one.stop_details else None
    return Answer(one.reply, one.stop_reason, details, changes=changes)


def prompt_versions() -> dict[str, int]:
    """The version of each prompt that the program ships with, by the name of its file."""
    found = {}
    for file in resources.files("bot.review").joinpath("prompts").iterdir():
        head = file.read_text(encoding="utf-8").partition("\n")[0]
        if said := re.fullmatch(r"<!-- version: (\d+) -->", head.strip()):
            found[file.name.removesuffix(".md")] = int(said[1])
    return dict(sorted(found.items()))


def _prompts(stage: str) -> tuple[str, ...]:
    """The versions of the stage's prompt and the system's, where there are files of these names."""
    versions = prompt_versions()
    return tuple(f"{name} {versions[name]}" for name in (stage, "system") if name in versions)
