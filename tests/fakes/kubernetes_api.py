"""A Kubernetes API server on loopback for the real client: Jobs, their pods, and programs run in them.

Strict: it knows the few calls that the bot may make, asks for its token, holds a Job against the published
schema, and keeps account of whatever else it was asked for. Its pods really run: see kubernetes_node.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

from kubernetes_validate import ValidationError, validate
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping

from tests.fakes.kubernetes_node import Node, Pod

Json = dict[str, Any]
TOKEN = "made-up-token"
NAMESPACE = "runs"
PROTOCOL = "v5.channel.k8s.io"
MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
JOBS = rf"/apis/batch/v1/namespaces/{NAMESPACE}/jobs"
PODS = rf"/api/v1/namespaces/{NAMESPACE}/pods"
FRAME = 32 * 1024  # bytes the real one sends at once


@dataclass
class FakeCluster:
    """What the server knows, and how it is to misbehave."""

    folder: Path
    node: Node = field(default_factory=Node)
    version: str = "1.34.0"
    refuse: dict[str, int] = field(default_factory=dict)  # "METHOD last word of the path" → status
    arrives: int | None = None  # bytes of a standard input that arrive before it seems to end
    hang_up: str = ""  # container to which a connection breaks as soon as it stands
    jobs: dict[str, Json] = field(default_factory=dict)
    pods: dict[str, Pod] = field(default_factory=dict)
    created: list[Json] = field(default_factory=list)
    deleted: list[tuple[str, Json]] = field(default_factory=list)
    executed: list[tuple[str, list[str]]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    url: str = ""

    def create(self, job: Json) -> None:
        name = job["metadata"]["name"]
        self.created.append(job)
        self.jobs[name] = job
        if self.node.holds_pods:
            pod = Pod(f"{name}-x7k2p", job["spec"]["template"], self.folder / name, self.node)
            self.pods[name] = pod
            pod.start()

    def delete(self, name: str, options: Json) -> bool:
        self.deleted.append((name, options))
        self.lose(name)
        return self.jobs.pop(name, None) is not None

    def lose(self, name: str) -> None:
        """The pod is gone, as after an eviction."""
        if pod := self.pods.pop(name, None):
            pod.kill()


def _has(labels: Json, selector: str) -> bool:
    return all(labels.get(one.split("=")[0]) == one.split("=")[1] for one in selector.split(","))


class Channel:
    """The server's end of a websocket with the channels of `exec`."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream, self._connection = stream, Connection(ConnectionType.SERVER)
        self._lock = threading.Lock()

    def send(self, number: int, data: bytes) -> None:
        with self._lock:
            self._stream.sendall(self._connection.send(BytesMessage(bytes([number]) + data)))

    def close(self) -> None:
        with self._lock, contextlib.suppress(OSError):
            self._stream.sendall(self._connection.send(CloseConnection(1000)))

    def messages(self) -> Iterator[bytes]:
        """Whole messages until the client hangs up."""
        part = b""
        while True:
            try:
                data = self._stream.recv(65536)
            except OSError:
                return
            if not data:
                return
            self._connection.receive_data(data)
            for event in self._connection.events():
                if isinstance(event, BytesMessage):
                    part += event.data
                    if event.message_finished:
                        yield part
                        part = b""
                elif isinstance(event, Ping):
                    with self._lock:
                        self._stream.sendall(self._connection.send(event.response()))
                elif isinstance(event, CloseConnection):
                    return


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cluster: FakeCluster

    def log_message(self, *_words: object) -> None:
        """Nothing on the terminal."""

    def _answer(self, code: int, body: Json) -> None:
        content = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _fail(self, code: int, message: str) -> None:
        status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}
        self._answer(code, status)

    def _serve(self) -> None:
        asked = urlsplit(self.path)
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._fail(401, "Unauthorized")
            return
        if code := self.cluster.refuse.get(f"{self.command} {asked.path.rpartition('/')[2]}"):
            self._fail(code, "not today")
            return
        routes: list[tuple[str, str, Callable[..., None]]] = [
            ("POST", JOBS, self._create_job),
            ("GET", JOBS, self._list_jobs),
            ("DELETE", rf"{JOBS}/([^/]+)", self._delete_job),
            ("GET", PODS, self._list_pods),
            ("GET", rf"{PODS}/([^/]+)/exec", self._exec),
        ]
        for method, pattern, serve in routes:
            if self.command == method and (found := re.fullmatch(pattern, asked.path)):
                serve(parse_qs(asked.query), body, *found.groups())
                return
        self.cluster.unknown.append(f"{self.command} {self.path}")
        self._fail(404, "the server could not find the requested resource")

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = _serve  # noqa: N815  names that http.server asks for

    def _create_job(self, _query: Json, body: Json) -> None:
        try:
            validate(body, self.cluster.version, strict=True)
        except ValidationError as exc:
            self._fail(422, exc.message)
            return
        self.cluster.create(body)
        self._answer(201, body)

    def _list_jobs(self, query: Json, _body: Json) -> None:
        selector = query["labelSelector"][0]
        found = [job for job in self.cluster.jobs.values() if _has(job["metadata"]["labels"], selector)]
        self._answer(200, {"kind": "JobList", "apiVersion": "batch/v1", "metadata": {}, "items": found})

    def _delete_job(self, query: Json, body: Json, name: str) -> None:
        options = {key: value[0] for key, value in query.items()} | body
        if self.cluster.delete(name, options):
            self._answer(200, {"kind": "Status", "apiVersion": "v1", "status": "Success"})
        else:
            self._fail(404, f'jobs.batch "{name}" not found')

    def _list_pods(self, query: Json, _body: Json) -> None:
        selector = query["labelSelector"][0]
        found = [
            {
                "metadata": {"name": pod.name, "labels": pod.labels},
                "spec": pod.spec,
                "status": pod.status(),
            }
            for pod in list(self.cluster.pods.values())
            if _has(pod.labels, selector)
        ]
        self._answer(200, {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": found})

    def _exec(self, query: Json, _body: Json, name: str) -> None:
        container, argv = query["container"][0], query["command"]
        pod = next((one for one in list(self.cluster.pods.values()) if one.name == name), None)
        if pod is None or not pod.is_running(container):
            self._fail(404, f"container {container} of {name} is not running")
            return
        offered = [one.strip() for one in self.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        assert PROTOCOL in offered
        key = self.headers["Sec-WebSocket-Key"] + MAGIC
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Protocol", PROTOCOL)
        accept = base64.b64encode(hashlib.sha1(key.encode(), usedforsecurity=False).digest())
        self.send_header("Sec-WebSocket-Accept", accept.decode())
        self.end_headers()
        self.close_connection = True
        self.cluster.executed.append((container, argv))
        if container != self.cluster.hang_up:
            self._converse(pod, container, argv)

    def _converse(self, pod: Pod, container: str, argv: list[str]) -> None:
        channel = Channel(self.connection)
        with pod.popen(container, argv) as process:
            assert process.stdin
            assert process.stdout
            assert process.stderr
            outputs = ((1, process.stdout), (2, process.stderr))
            threads = [threading.Thread(target=_pump, args=(channel, *one)) for one in outputs]
            threads.append(threading.Thread(target=self._feed, args=(channel, process.stdin)))
            for thread in threads:
                thread.start()
            for thread in threads[:2]:
                thread.join()
            code = process.wait()
            causes = [{"reason": "ExitCode", "message": str(code)}]
            failed = {"status": "Failure", "reason": "NonZeroExitCode", "details": {"causes": causes}}
            status = {"metadata": {}, "status": "Success"} if code == 0 else {"metadata": {}, **failed}
            with contextlib.suppress(OSError):
                channel.send(3, json.dumps(status).encode())
            channel.close()
            threads[2].join()

    def _feed(self, channel: Channel, stdin: BinaryIO) -> None:
        """What comes for standard input; a program that no longer reads it is no error."""
        left = self.cluster.arrives
        for message in channel.messages():
            with contextlib.suppress(OSError, ValueError):
                if message == b"\xff\x00":
                    stdin.close()
                elif message[:1] == b"\x00":
                    data = message[1:] if left is None else message[1 : 1 + left]
                    left = None if left is None else left - len(data)
                    stdin.write(data)
        with contextlib.suppress(OSError, ValueError):
            stdin.close()


def _pump(channel: Channel, number: int, stream: BinaryIO) -> None:
    while data := stream.read1(FRAME):  # type: ignore[attr-defined]  # a buffered reader, as Popen gives
        with contextlib.suppress(OSError):  # nobody listens any more; the program may still end
            channel.send(number, data)


@contextmanager
def serving(cluster: FakeCluster) -> Iterator[FakeCluster]:
    """The server, until the block ends; all that runs in its pods ends with it."""
    handler = type("ClusterHandler", (Handler,), {"cluster": cluster})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        cluster.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield cluster
        finally:
            for name in list(cluster.pods):
                cluster.lose(name)
            server.shutdown()
            thread.join()
