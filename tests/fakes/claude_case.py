"""A small change with a defect, and replies an honest model could give to each stage's request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.records import Change, ChangedFile, Hunk, Line
from bot.review.claude.client import build_client
from bot.review.reviewers import Material, Placement
from bot.review.reviewers.claude import ClaudeReviewer, claude_reviewer
from bot.settings import Settings, StageSettings
from tests.fakes.messages_api import MessagesApi, Script, replies

PATH = "shop/files.py"
SOURCE = '''"""Uploaded files."""
import os
from pathlib import Path

ROOT = Path("uploads")


class Store:
    def __init__(self, root=ROOT):
        self.root = root

    def read(self, name):
        """The bytes of an uploaded file."""
        return (self.root / name).read_bytes()
'''
TEST = '''"""Tests of the store."""
import pytest


def test_read_gives_the_bytes(tmp_path):
    assert tmp_path.exists()


def test_another():
    pass
'''
PLACEMENT = Placement("tests/test_files_regression.py", "shop.files")
NO_TRIAGE = {"triage": StageSettings("none")}
ONE_LOOK = Settings(samples=1, stages=NO_TRIAGE)
BAD_LINE = "        return (self.root / name).read_bytes()"


def a_material(tree: Path) -> Material:
    """The head's tree under `tree`, and the change that added `Store.read` to it."""
    (tree / "shop").mkdir(parents=True)
    (tree / "tests").mkdir()
    (tree / PATH).write_text(SOURCE)
    (tree / "tests" / "test_files.py").write_text(TEST)
    texts = SOURCE.splitlines()
    rows = [Line("context", 10, 10, texts[9]), Line("added", None, 11, texts[10])]
    rows += [Line("added", None, number, texts[number - 1]) for number in (12, 13, 14)]
    file = ChangedFile(PATH, "modified", (Hunk(PATH, "class Store:", tuple(rows)),))
    return Material(Change(base_sha="b" * 40, head_sha="a" * 40, files=(file,)), tree)


def said_finding(**changes: Any) -> dict[str, Any]:
    """A finding as the model says it: on the row that reads the file."""
    return {
        "label": "H1.5",
        "quote": BAD_LINE,
        "cwe": "CWE-22",
        "severity": "high",
        "confidence": "high",
        "title": "A name with .. leaves the upload folder",
        "explanation": "`name` is joined to the root unchecked.",
        "impact": "Any readable file can be fetched.",
        "claim": {
            "entry": "shop.files.Store.read",
            "input": "../marker.txt, beside the root",
            "bad": "the marker's bytes",
            "good": "an error",
        },
    } | changes


def said_review(*findings: dict[str, Any], not_examined: tuple[dict[str, str], ...] = ()) -> dict[str, Any]:
    """The review stage's part."""
    return {"findings": list(findings), "not_examined": list(not_examined)}


FOUND = replies("review", said_review(said_finding()))
TESTED = replies("test", {"content": "def test_store():\n    assert True\n", "declared": "none"})
FIXED = replies(
    "fix",
    {
        "strategy": "Refuse names that leave the root.",
        "edits": [{"path": PATH, "old": BAD_LINE, "new": "        return self._inside(name).read_bytes()"}],
    },
)


@contextmanager
def reviewing(
    script: Script, seconds: float = 20.0, settings: Settings | None = None
) -> Iterator[tuple[ClaudeReviewer, MessagesApi]]:
    """The real reviewer with the real SDK against the stand-in, which is on loopback and nowhere else."""
    with MessagesApi(script).running() as api, build_client(api_key="test-key", base_url=api.url) as client:
        yield claude_reviewer(settings or ONE_LOOK, client, seconds), api
