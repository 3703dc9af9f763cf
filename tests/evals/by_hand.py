"""Answer the reviewer's real prompts by hand: `python -m tests.evals.by_hand FOLDER [PORT]`.

Each request is written to FOLDER/STAGE-DIGEST-ORDINAL.request.md as the model would read it. Write the
reply, JSON of the form in schema.json, to the file of the same name that ends in .reply.json. An answer that
is there is given again when the desk is opened anew and the same request comes. Within one opening a request
that comes twice wants two answers: it is a second sample.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from tests.evals.review.recording import digest_of
from tests.fakes.messages_api import Answer, Json, MessagesApi, stage_of


class Desk:
    """Requests laid out as files, replies taken from files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()

    def __call__(self, request: Json) -> Answer:
        """The answer to come, to the next request of this kind."""
        digest = digest_of(request)
        with self._lock:
            self._asked[digest] += 1
            ordinal = self._asked[digest]
        return self.lay_out(request, ordinal)

    def lay_out(self, request: Json, ordinal: int) -> Answer:
        """The answer to come: it is there once its file holds JSON."""
        name = f"{stage_of(request) or 'unknown'}-{digest_of(request)[:10]}-{ordinal}"
        with self._lock:
            self._folder.mkdir(parents=True, exist_ok=True)
            note, reply = (self._folder / f"{name}.{end}" for end in ("request.md", "reply.json"))
            note.write_text(render(request), encoding="utf-8")
            schema = request.get("output_config", {}).get("format", {}).get("schema")
            (self._folder / "schema.json").write_text(json.dumps(schema, indent=2))
        if _complete(reply) is None:
            print(f"waits: {note}", flush=True)
        return Answer(pending=lambda: _complete(reply))


def _complete(reply: Path) -> str | None:
    """The reply, unless it is missing or still being written."""
    try:
        text = reply.read_text(encoding="utf-8")
        json.loads(text)
    except (OSError, ValueError):
        return None
    return text


def render(request: Json) -> str:
    """A request as a page: model, system, then each turn."""
    parts = [
        f"# {request['model']}, at most {request['max_tokens']} tokens",
        "# system",
        _text(request["system"]),
    ]
    for turn in request["messages"]:
        parts += [f"# {turn['role']}", _text(turn["content"])]
    return "\n\n".join(parts) + "\n"


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n\n".join(
        block["text"] + ("\n[cached up to here]" if "cache_control" in block else "") for block in content
    )


def main(folder: str, port: str = "0") -> None:
    """Serve until interrupted."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    with MessagesApi(Desk(place)).running(int(port)) as api:
        print(f"export ANTHROPIC_BASE_URL={api.url} ANTHROPIC_API_KEY=by-hand", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
