"""Answer the reviewer's real prompts by hand: `python -m tests.evals.by_hand FOLDER [PORT]`.

Each request is written to FOLDER/NNN.request.md as the model would read it; write the reply to
FOLDER/NNN.reply.json. An answer given once is given again when the same request comes back.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import threading
from pathlib import Path
from typing import Any

from tests.fakes.messages_api import Answer, Json, MessagesApi, stage_of

NONCE = re.compile(r"\b[0-9a-f]{24}\b")


class Desk:
    """Requests laid out as files, replies taken from files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers: dict[str, int] = {}
        self._lock = threading.Lock()

    def __call__(self, request: Json) -> Answer:
        """The answer to come: it is there once its file is."""
        text = render(request)
        key = hashlib.sha256(NONCE.sub("", text).encode()).hexdigest()
        with self._lock:
            number = self._numbers.setdefault(key, len(self._numbers) + 1)
            reply = self._folder / f"{number:03d}.reply.json"
            note = self._folder / f"{number:03d}.request.md"
            note.write_text(text, encoding="utf-8")
            schema = request.get("output_config", {}).get("format", {}).get("schema")
            (self._folder / "schema.json").write_text(json.dumps(schema, indent=2))
        print(f"{stage_of(request)}: {note} waits for {reply.name}", flush=True)
        return Answer(pending=lambda: reply.read_text(encoding="utf-8") if reply.exists() else None)


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
