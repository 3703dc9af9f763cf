"""A stored proof is hostile input: read to the letter of its schema, refused in a sentence, not believed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import bot.proof
from bot.errors import InputError
from bot.proof.evidence import error_document, proof_document, render
from bot.proof.replay import SCHEMA as REPLAY
from bot.proof.replay import Replay, replay_document
from bot.proof.stored import LARGEST, StoredProof, read_proof
from bot.publish.gates_text import replay_text
from bot.records import Proof, Verdict
from tests.fakes.proofs import HEAD, PATCH, PROVEN, REPRODUCED, SETTING, TEST

SCHEMAS = Path(bot.proof.__file__).parent / "schema"
DOCUMENT = proof_document(HEAD, SETTING, PROVEN, PATCH, TEST)
Change = Callable[[dict[str, Any]], Any]


def is_valid(document: dict[str, Any], name: str = "suture.proof.v1") -> bool:
    schema = json.loads((SCHEMAS / f"{name}.json").read_text())
    return jsonschema.Draft202012Validator(schema).is_valid(document)


def changed(change: Change) -> dict[str, Any]:
    document = deepcopy(DOCUMENT)
    change(document)
    return document


@pytest.fixture
def read(tmp_path: Path) -> Callable[[object], StoredProof]:
    def act(content: object) -> StoredProof:
        place = tmp_path / "proof.json"
        place.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return read_proof(place)

    return act


def test_what_is_printed_can_be_read_again(read: Callable[[object], StoredProof]):
    """Head, patch, test and declaration come back unchanged, and the document agrees with itself."""
    stored = read(render(DOCUMENT).encode())

    assert is_valid(DOCUMENT)
    assert (stored.head, stored.fix, stored.regression_test) == (HEAD.commit, PATCH, TEST)
    assert stored.contradictions() == ()


def parts(value: object, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where the document's objects with a fixed form are: of a list, the first one."""
    if isinstance(value, list):
        yield from parts(value[0], (*place, 0)) if value else ()
    elif isinstance(value, dict) and place[-1:] != ("outcomes",):
        yield place
        for name, inner in value.items():
            yield from parts(inner, (*place, name))


def at(document: Any, place: tuple[str | int, ...]) -> Any:
    for step in place:
        document = document[step]
    return document


@pytest.mark.parametrize("place", list(parts(DOCUMENT)), ids=str)
def test_reader_and_schema_ask_for_the_same(
    read: Callable[[object], StoredProof], place: tuple[str | int, ...]
):
    """A missing name, one too many and a wrong type are refused by the one as by the other."""
    for name in at(DOCUMENT, place):
        for change in (lambda one: one.pop(name), lambda one: one.update({name: {"a": []}})):  # noqa: B023  called in its turn
            document = deepcopy(DOCUMENT)
            change(at(document, place))
            assert not is_valid(document), (place, name)
            with pytest.raises(InputError, match=r"is no suture\.proof/v1 document"):
                read(document)
    document = deepcopy(DOCUMENT)
    at(document, place)["more"] = 1
    assert not is_valid(document)
    with pytest.raises(InputError, match="more: Extra inputs"):
        read(document)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(schema="suture.proof/v2"),
        lambda one: one.update(head="--upload-pack=x"),
        lambda one: one.update(head="HEAD"),
        lambda one: one.update(tree="a" * 41),
        lambda one: one.update(version="1\x1b[2J"),
        lambda one: one["gates"][0].update(reason="\x1b[2J"),
        lambda one: one["environment"].update(key="\n"),
        lambda one: one["environment"].update(test_budget=0),
        lambda one: one["test"].update(content="a" * (512 * 1024 + 1)),
        lambda one: one["patch"].update(diff="a" * (512 * 1024 + 1)),
        lambda one: one["test"].update(declared="signal:9"),
        lambda one: one["runs"][0].update(seconds=-1),
        lambda one: one["runs"][0]["outcomes"].update(a="xpassed"),
    ],
)
def test_values_out_of_bounds(read: Callable[[object], StoredProof], change: Change):
    """Refused by reader and schema; the sentence names the place and holds nothing a terminal acts on."""
    document = changed(change)

    assert not is_valid(document)
    with pytest.raises(InputError, match=r"is no suture\.proof/v1 document") as caught:
        read(document)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda one: one["test"].update(path="../test_a.py"), "test.path"),
        (lambda one: one["test"].update(path="/etc/test_a.py"), "test.path"),
        (lambda one: one["test"].update(path=".git/hooks/test_a.py"), "test.path"),
        (lambda one: one["test"].update(path="tests/a\0.py"), "test.path"),
        (lambda one: one["environment"].update(python_path=["../other"]), "python_path"),
        (lambda one: one["environment"].update(python_path=["/"]), "python_path"),
        (lambda one: one["environment"].update(python_path=["a:/b"]), "python_path"),
        (lambda one: one["test"].update(declared="timeout:999"), "at most 60 seconds"),
        (lambda one: one["test"].update(declared="exception:a b"), "exception:NAME"),
    ],
)
def test_places_outside(read: Callable[[object], StoredProof], change: Change, sentence: str):
    """No path of a proof leaves the repository, and no declaration goes beyond what `prove` takes."""
    with pytest.raises(InputError, match=sentence):
        read(changed(change))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[" * 200_000, "nested too deeply"),
        (b"NaN", "NaN is no number"),
        (b"[]", "is no suture.proof/v1 document"),
        (render(DOCUMENT).replace('"verdict"', '"verdict": "unproven", "verdict"').encode(), "twice"),
        (render(DOCUMENT).replace("def test_one", "\\ud800def").encode(), "is no suture.proof/v1 document"),
        (render(error_document("No sandbox.")).encode(), "nothing in it to run again"),
        (b"[" + b"{}," * 10_000 + b"{}]", "more objects than a proof"),
        (json.dumps(dict.fromkeys(map(str, range(99)), 0)).encode(), "more names than one of a proof"),
        (json.dumps(dict.fromkeys(map(str, range(99_999)), "passed")).encode(), "Field required"),
        (b" " * (LARGEST + 1), "larger than 16 MiB"),
    ],
    ids=[
        "empty",
        "bytes",
        "deep",
        "nan",
        "list",
        "doubled",
        "surrogate",
        "error",
        "objects",
        "names",
        "outcomes",
        "large",
    ],
)
def test_no_proof_at_all(read: Callable[[object], StoredProof], content: bytes, sentence: str):
    """One sentence says what is wrong with the file."""
    with pytest.raises(InputError, match=sentence.replace(".", r"\.")):
        read(content)


def test_a_file_that_is_not_there(tmp_path: Path):
    """The sentence names it."""
    with pytest.raises(InputError, match=r"nowhere\.json cannot be read"):
        read_proof(tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda one: one["test"].update(content="def test_one(): ..."), "The test is not the one"),
        (lambda one: one["patch"].update(diff="x"), "The patch is not the one"),
        (lambda one: one["gates"][5].update(passed=False), "The verdict proven is not what its gates say"),
        (lambda one: one["gates"].pop(), "The gates are not G0 to G14"),
        (lambda one: one.update(tree="c" * 40), "The commit's tree is bbbbbbbbbbbb, not cccccccccccc"),
    ],
)
def test_a_tampered_proof_does_not_hold(read: Callable[[object], StoredProof], change: Change, sentence: str):
    """Even where every gate holds when it is run again: the document is not what was written then."""
    replay = Replay(read(changed(change)), HEAD, SETTING, PROVEN)

    assert not replay.holds
    assert sentence in replay.contradictions[0]
    assert f"contradicts itself. {sentence}" in replay_text(replay)
    assert is_valid(replay_document(replay), "suture.replay.v1")


@pytest.mark.parametrize(
    ("then", "now", "holds"),
    [
        (PROVEN, PROVEN, True),
        (PROVEN, REPRODUCED, False),
        (REPRODUCED, PROVEN, False),
        (REPRODUCED, REPRODUCED, False),
    ],
)
def test_only_what_was_and_is_proven_holds(
    read: Callable[[object], StoredProof], then: Proof, now: Proof, holds: bool
):
    """The same bad verdict twice is no success."""
    replay = Replay(read(proof_document(HEAD, SETTING, then, PATCH, TEST)), HEAD, SETTING, now)

    document = replay_document(replay)

    assert document["holds"] is holds
    assert document["verdict"] == {"then": str(then.verdict), "now": str(now.verdict)}
    assert is_valid(document, "suture.replay.v1")
    assert is_valid(error_document("No sandbox.", REPLAY), "suture.replay.v1")
    if now.verdict is not Verdict.PROVEN:
        assert f"{'✓' if then is PROVEN else '✗'}    ✗   G5   [not-green] Not green." in replay_text(replay)


def test_another_environment_is_said(read: Callable[[object], StoredProof]):
    """It is no reason to fail, and never hidden."""
    stored = read(changed(lambda one: one["environment"].update(key="another")))

    replay = Replay(stored, HEAD, SETTING, PROVEN)

    assert replay.holds
    assert replay_document(replay)["environment"]["same"] is False
    assert f"Environment: another then, {SETTING.environment} now" in replay_text(replay)


def test_digests_are_those_of_the_files(tmp_path: Path):
    """A reader can check them with sha256sum on the files that were given."""
    place = tmp_path / "fix.patch"
    place.write_text(PATCH.diff, encoding="utf-8")

    assert DOCUMENT["patch"]["sha256"] == hashlib.sha256(place.read_bytes()).hexdigest()
