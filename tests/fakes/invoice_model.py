"""A model for the case of ours in `tests/cases/evals`: its replies are files, one for each stage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.bench.honest_model import labelled
from tests.fakes.messages_api import AGREES, Answer, Json, fails, replies, stage_of, text_of

REPLIES = Path(__file__).parents[1] / "cases" / "evals" / "invoice-folder" / "replies"
SECOND = "second, independent regression test"
NOTHING = {"findings": [], "not_examined": []}


class InvoiceModel:
    """A `Script`. `instead` holds other replies, by the names of the files."""

    def __init__(self, instead: Mapping[str, Any] | None = None) -> None:
        self._instead = dict(instead or {})

    def __call__(self, request: Json) -> Answer:
        """The reply. Nothing is refuted or vetoed; any other stage without a file is an error."""
        stage = stage_of(request)
        task = request["messages"][0]["content"][-1]["text"]
        name = "second" if SECOND in task else stage
        file = REPLIES / f"{name}.json"
        if name not in self._instead and not file.is_file():
            return AGREES.get(name) or fails(400, "invalid_request_error")
        value = self._instead.get(name) or json.loads(file.read_text(encoding="utf-8"))
        if stage == "review":
            shown = text_of(request)
            value = {**value, "findings": [labelled(one, shown) for one in value["findings"]]}
        return replies(stage, value)
