"""Reads a proof that someone stored. Hostile input: none of it is believed, and none run here."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, FailFast, Field, ValidationError

from bot.errors import InputError
from bot.gates import GATES
from bot.proof.evidence import SCHEMA, digest
from bot.records import Declaration, Patch, RegressionTest, RunStatus, TestStatus, Verdict
from bot.regression.lab import LONGEST_TEST
from bot.regression.trees import is_plain_path

LARGEST = 16 * 1024 * 1024  # bytes of a whole document
MOST_OBJECTS = 10_000  # in a document: gates and runs, and what is in them
MOST_NAMES = 32  # of an object, but for a run's outcomes
LARGEST_TEXT = 512 * 1024  # characters of a patch or a test

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ObjectId = Annotated[str, Field(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
Text = Annotated[str, Field(max_length=LARGEST_TEXT)]
Words = Annotated[tuple[str, ...], FailFast()]
Name = Annotated[str, Field(min_length=1, max_length=4096)]

_STATUSES = frozenset(map(str, TestStatus))


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class StoredGate(_Part):
    """What the proof says of a gate."""

    gate: Annotated[str, Field(pattern=r"^G[0-9]{1,2}$")]
    passed: bool
    skipped: bool
    reason: Annotated[str, Field(pattern=r"^[a-z-]{0,40}$")]
    detail: Annotated[str, Field(min_length=1)]


class StoredEnvironment(_Part):
    """What the proof's runs had in common."""

    key: Annotated[str, Field(pattern=r"^[0-9a-zA-Z._:-]{1,128}$")]
    label: str
    python_path: Annotated[tuple[Name, ...], FailFast()]
    test_budget: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class StoredRun(_Part):
    """What the proof says of a run."""

    tree: Literal["head", "fixed"]
    command: Words
    python_path: Words
    conditions: str
    environment: str
    status: RunStatus
    exit_code: int | None
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    outcomes: dict[str, TestStatus]  # left empty: none of it is looked at again


class StoredPatch(_Part):
    """The proof's patch."""

    sha256: Digest
    diff: Text


class StoredTest(_Part):
    """The proof's regression test."""

    path: Name
    sha256: Digest
    declared: Annotated[str, Field(pattern=r"^(exception|timeout):.+$", max_length=200)] | None
    content: Text


class StoredProof(_Part):
    """A `suture.proof/v1` document as its schema has it."""

    form: Annotated[Literal["suture.proof/v1"], Field(alias="schema")]
    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z.+!-]{1,64}$")]
    head: ObjectId
    tree: ObjectId
    verdict: Verdict
    gates: Annotated[tuple[StoredGate, ...], FailFast()]
    environment: StoredEnvironment
    runs: Annotated[tuple[StoredRun, ...], FailFast()]
    patch: StoredPatch
    test: StoredTest

    @property
    def fix(self) -> Patch:
        """The patch, to be judged anew."""
        return Patch(self.patch.diff)

    @property
    def regression_test(self) -> RegressionTest:
        """The test, to be judged anew."""
        declared = read_declaration(self.test.declared) if self.test.declared else None
        return RegressionTest(self.test.path, self.test.content, declared)

    def contradictions(self) -> tuple[str, ...]:
        """Where the document does not agree with itself, in sentences; () for an untouched one."""
        said: list[str] = []
        if digest(self.patch.diff) != self.patch.sha256:
            said.append("The patch is not the one that patch.sha256 names.")
        if digest(self.test.content) != self.test.sha256:
            said.append("The test is not the one that test.sha256 names.")
        if tuple(gate.gate for gate in self.gates) != GATES:
            said.append(f"The gates are not {GATES[0]} to {GATES[-1]}.")
        if (self.verdict is Verdict.PROVEN) != all(gate.passed for gate in self.gates):
            said.append(f"The verdict {self.verdict} is not what its gates say.")
        return tuple(said)


def read_proof(path: Path) -> StoredProof:
    """The proof in this file. Raises InputError, with what is wrong, for what is no proof to run again."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as exc:
        raise InputError(f"The proof {path} cannot be read: {exc.strerror}.") from exc
    if len(content) > LARGEST:
        raise InputError(f"The proof {path} is larger than {LARGEST // 1024 // 1024} MiB and is not read.")
    try:
        proof = StoredProof.model_validate_json(_plain(content, path))
    except ValidationError as exc:
        raise InputError(f"{path} is no {SCHEMA} document that can be run again: {_first(exc)}") from exc
    _check_paths(proof)
    return proof


def read_declaration(text: str) -> Declaration:
    """`exception:NAME` or `timeout:SECONDS`. Raises InputError with how to write it."""
    kind, _, rest = text.partition(":")
    if kind == "exception" and rest.replace(".", "_").isidentifier():
        return Declaration("exception", rest)
    is_number = rest.isascii() and rest.replace(".", "", 1).isdigit()
    if kind == "timeout" and is_number and 0 < float(rest) <= LONGEST_TEST:
        return Declaration("timeout", rest)
    raise InputError(
        f"A declaration is exception:NAME, or timeout:SECONDS with at most {LONGEST_TEST:.0f} seconds."
    )


def is_folder_inside(path: str) -> bool:
    """Is this a folder of the repository, by its name?"""
    pure = PurePosixPath(path)
    return not pure.is_absolute() and ".." not in pure.parts and not {"\0", "\\", ":"} & set(path)


def _plain(content: bytes, path: Path) -> str:
    """The document without its outcomes, as JSON that all readers agree about.

    It costs little time and memory, whatever it is: what comes after lists every fault of every object.
    """
    try:
        document = json.loads(content, object_pairs_hook=_Objects().take, parse_constant=_no_number)
    except (ValueError, RecursionError) as exc:
        said = "it is nested too deeply" if isinstance(exc, RecursionError) else str(exc)
        raise InputError(f"{path} is not JSON that can be read: {said[:200]}.") from exc
    if isinstance(document, dict) and "error" in document:
        raise InputError(f"{path} tells why a proof could not be run: there is nothing in it to run again.")
    return json.dumps(document)


class _Objects:
    """Takes the objects of one document, as far as it has no more of them than a proof could have."""

    def __init__(self) -> None:
        self._count = 0

    def take(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """The object; an empty one for outcomes. Raises ValueError for what no proof has."""
        self._count += 1
        if self._count > MOST_OBJECTS:
            raise ValueError("it has more objects than a proof")
        made = dict(pairs)
        if len(made) != len(pairs):
            raise ValueError("a name stands twice in one object")
        if all(isinstance(value, str) and value in _STATUSES for value in made.values()):
            return {}
        if len(made) > MOST_NAMES:
            raise ValueError("an object has more names than one of a proof")
        return made


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")


def _check_paths(proof: StoredProof) -> None:
    if not is_plain_path(proof.test.path):
        raise InputError(f"The proof's test.path {proof.test.path!r} is not a place inside the repository.")
    for folder in proof.environment.python_path:
        if not is_folder_inside(folder):
            raise InputError(f"The proof's python_path {folder!r} is not a folder of the repository.")
    if proof.test.declared:
        read_declaration(proof.test.declared)


def _first(exc: ValidationError) -> str:
    """The first thing that is wrong, without a word of the document that a terminal could act on."""
    first = exc.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"])) or "the document"
    return f"{ascii(place[:120])[1:-1]}: {ascii(first['msg'][:200])[1:-1]}."
