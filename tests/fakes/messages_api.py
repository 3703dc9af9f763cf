"""A Messages API on loopback for the real SDK: scripted by what a request holds, strict, able to fail.

Every request is checked against the SDK's own request types and nothing unknown is let through. The cache
is accounted as the service does it: a prefix up to a `cache_control` mark, per model and output format.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any

from anthropic.types import message_count_tokens_params
from anthropic.types.beta import BetaFallbacksParam
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from pydantic import TypeAdapter, ValidationError

from bot.review.claude.schema import PARTS
from bot.review.claude.voice import FALLBACK_BETA
from tests.fakes.clouds import as_messages

Json = dict[str, Any]
API_VERSION_HEADER = "anthropic-version"
MIN_CACHED = 512  # tokens; a shorter prefix is not kept


@dataclass(frozen=True)
class Answer:
    """What the service does with one request; the defaults are a finished reply of `text`."""

    text: str | None = "{}"  # None for an answer without content
    stop_reason: str | None = "end_turn"
    stop_details: Json | None = None
    thinking: bool = False  # put a thinking block before the text
    status: int = 200
    error: str = "api_error"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None  # sent instead of a message
    content_type: str = "application/json"
    delay: float = 0.0
    drop: str = ""  # "before" or "middle": close the connection there
    served_by: str = ""  # the model that answers in the requested one's place, which refused
    changes: Json = field(default_factory=dict)  # fields of the message to overwrite
    pending: Callable[[], str | None] | None = (
        None  # gives the text once there is one; until then blanks are sent
    )


def replies(part: str, value: Json, **options: Any) -> Answer:
    """A reply that fills one part of the reviewer's envelope."""
    envelope: Json = dict.fromkeys(PARTS)
    return Answer(text=json.dumps(envelope | {part: value}), **options)


def refuses(category: str | None = "cyber", text: str | None = None) -> Answer:
    """HTTP 200 with a refusal, as the classifiers of recent models give it."""
    details = {"type": "refusal", "category": category, "explanation": "Declined by a classifier."}
    return Answer(text=text, stop_reason="refusal", stop_details=details)


def fails(status: int, error: str, **headers: str) -> Answer:
    """An HTTP error in the service's form."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, error=error, headers=named)


Script = Callable[[Json], Answer]
AGREES = {"refute": replies("refute", {"refutations": []}), "judge": replies("judge", {"veto": None})}


def by_task(**answers: Answer | list[Answer]) -> Script:
    """A script by stage (review=…, test=…, fix=…). A list gives one answer a request; its last one stays.

    Where nothing is said of them, nothing is refuted or vetoed.
    """
    left = {name: list(one) if isinstance(one, list) else [one] for name, one in (AGREES | answers).items()}

    def script(request: Json) -> Answer:
        stage = stage_of(request)
        queue = left[stage]
        return queue.pop(0) if len(queue) > 1 else queue[0]

    return script


def stage_of(request: Json) -> str:
    """Which stage a request asks for, read from its task like a model would."""
    task = request["messages"][0]["content"][-1]["text"]
    return str(task).partition("Task: ")[2].partition(".")[0]


def text_of(request: Json) -> str:
    """All words of a request, system and turns, as one text."""
    return "\n".join(block["text"] for block in _blocks(request))


class MessagesApi:
    """The service: its script, its journal of requests and headers, its cache, and what it refused."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[Json] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.addresses: list[str] = []  # path and query of all requests, wrong ones too
        self.usages: list[dict[str, int]] = []  # tokens of each answer that was a message
        self.unknown: list[str] = []
        self.models: Callable[[str], Answer] = lambda _name: fails(404, "not_found_error")  # of one's facts
        self._cache: dict[str, int] = {}
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def written(self) -> list[Json]:
        """Requests of the stages that find and write; not of those that speak against it."""
        return [one for one in self.requests if stage_of(one) not in AGREES]

    @contextmanager
    def running(self, port: int = 0) -> Iterator[MessagesApi]:
        """Serve on loopback until the block ends; a request that was wrong fails the test then."""
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()
        assert not self.unknown, self.unknown

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[Answer, Json]:
        """The answer to one request, and its message."""
        path, known, request = as_messages(path, headers, json.loads(body))
        problem = check_request(path, known, request)
        with self._lock:
            if problem:
                self.unknown.append(problem)
                return fails(400, "invalid_request_error"), {}
            if path == "/v1/messages/count_tokens":
                return Answer(
                    body=json.dumps({"input_tokens": sum(map(_size, _blocks(request)))}).encode()
                ), {}
            self.requests.append(request)
            self.headers.append(headers)
            self.bodies.append(body)
        answer = self.script(request)
        with self._lock:
            message = self._message(request, answer)
            if answer.status < 400 and answer.body is None:
                self.usages.append(message["usage"])
            return answer, message

    def _message(self, request: Json, answer: Answer) -> Json:
        content: list[Json] = [] if answer.text is None else [{"type": "text", "text": answer.text}]
        if answer.served_by:
            content.insert(0, _passed_on(request["model"], answer.served_by))
        if answer.thinking:
            content.insert(0, {"type": "thinking", "thinking": "", "signature": "c2lnbmVk"})
        output = max(1, len(answer.text or "") // 4)
        message: Json = {
            "id": f"msg_{len(self.requests):024d}",
            "type": "message",
            "role": "assistant",
            "model": request["model"],
            "content": content,
            "stop_reason": answer.stop_reason,
            "stop_sequence": None,
            "stop_details": answer.stop_details,
            "usage": {**self._account(request), "output_tokens": output},
        }
        if answer.served_by:
            hops = ("message", request["model"]), ("fallback_message", answer.served_by)
            used = message["usage"]
            used["iterations"] = [{**used, "type": kind, "model": model} for kind, model in hops]
            message["model"] = answer.served_by
        return message | answer.changes

    def _account(self, request: Json) -> Json:
        """Tokens read from the cache, written to it, and neither."""
        seed = json.dumps([request["model"], request.get("output_config")], sort_keys=True)
        digest, size, read, kept = hashlib.sha256(seed.encode()), 0, 0, 0
        for block in _blocks(request):
            digest.update(block["text"].encode())
            size += _size(block)
            if "cache_control" not in block or size < MIN_CACHED:
                continue
            read = max(read, self._cache.get(digest.hexdigest(), 0))
            self._cache[digest.hexdigest()] = kept = size
        return {
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": kept - read,
            "input_tokens": size - kept,
        }


def _passed_on(refused: str, served: str) -> Json:
    trigger = {"type": "refusal", "category": "cyber"}
    return {"type": "fallback", "from": {"model": refused}, "to": {"model": served}, "trigger": trigger}


def check_request(path: str, headers: Mapping[str, str], request: Json) -> str:
    """What is wrong with a request, or "": address, credential, fields against the SDK's types."""
    types: dict[str, Any] = {
        "/v1/messages": MessageCreateParamsNonStreaming,
        "/v1/messages/count_tokens": message_count_tokens_params.MessageCountTokensParams,
    }
    if path not in types:
        return f"unknown address {path}"
    if API_VERSION_HEADER not in headers or not {"x-api-key", "authorization"} & set(headers):
        return f"no version or no credential among the headers {sorted(headers)}"
    request, problem = _without_fallbacks(headers, request)
    if problem:
        return problem
    adapter = _adapter(types[path])
    try:
        known = adapter.dump_python(adapter.validate_python(request), mode="json", warnings=False)
    except ValidationError as exc:
        return f"not the SDK's type: {exc}"
    if known != request:
        return f"fields the SDK does not know among {sorted(request)}"
    return _check_turns(request)


def _check_turns(request: Json) -> str:
    roles = [one["role"] for one in request["messages"]]
    if roles[-1] != "user" or any(one == other for one, other in pairwise(roles)):
        return f"turns have to alternate and end with the user's: {roles}"
    marks = sum("cache_control" in block for block in _blocks(request))
    return f"{marks} cache marks, at most 4 are allowed" if marks > 4 else ""


def _without_fallbacks(headers: Mapping[str, str], request: Json) -> tuple[Json, str]:
    """The request as the stable API knows it, or what is wrong with the field of the beta."""
    if "fallbacks" in request:
        if FALLBACK_BETA not in headers.get("anthropic-beta", ""):
            return request, "fallbacks without their beta header"
        _adapter(BetaFallbacksParam).validate_python(request["fallbacks"])
    return {name: value for name, value in request.items() if name != "fallbacks"}, ""


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _blocks(request: Json) -> list[Json]:
    """Text blocks in the order they are cached in: system, then the turns."""
    contents = [request.get("system", [])] + [one["content"] for one in request["messages"]]
    return [
        block
        for content in contents
        for block in ([{"text": content}] if isinstance(content, str) else content)
    ]


def _size(block: Json) -> int:
    return max(1, len(block["text"]) // 4)


def _handler(api: MessagesApi) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - a class with short methods
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            api.addresses.append(self.path)
            answer, message = api.take(self.path.partition("?")[0], headers, body)
            if answer.pending is not None:
                self._wait_for(answer.pending, answer, message)
                return
            time.sleep(answer.delay)
            if answer.drop == "before":
                self._hang_up()
                return
            try:
                self._answer(answer, message)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client gave up waiting, which is what a test of that wants

        def do_GET(self) -> None:
            """What is known of one model."""
            path, name = self.path.rpartition("/")[::2]
            if path != "/v1/models" or API_VERSION_HEADER not in self.headers:
                api.unknown.append(f"unknown call: GET {self.path}")
            facts = {"type": "model", "id": name, "display_name": name, "created_at": "2026-01-01T00:00:00Z"}
            self._answer(api.models(name), facts)

        def _answer(self, answer: Answer, message: Json) -> None:
            sent = answer.body if answer.body is not None else json.dumps(message).encode()
            if answer.status >= 400 and answer.body is None:
                error = {"type": answer.error, "message": f"scripted {answer.error}"}
                sent = json.dumps({"type": "error", "error": error}).encode()
            self.send_response(answer.status)
            for name, value in {"content-type": answer.content_type, **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent[: len(sent) // 2] if answer.drop == "middle" else sent)
            if answer.drop:
                self._hang_up()

        def _wait_for(self, pending: Callable[[], str | None], answer: Answer, message: Json) -> None:
            """Send blanks, which JSON allows before its value, so that the client does not give up."""
            self.send_response(200)
            self.send_header("content-type", answer.content_type)
            self.send_header("connection", "close")
            self.end_headers()
            while (text := pending()) is None:
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(1)
            message["content"] = [{"type": "text", "text": text}]
            message["usage"]["output_tokens"] = max(1, len(text) // 4)
            self.wfile.write(json.dumps(message).encode())
            self._hang_up()

        def _hang_up(self) -> None:
            self.wfile.flush()
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing: the journal is `requests`."""

    return Handler
