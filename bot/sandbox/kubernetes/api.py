"""The few things that are asked of the API server, through lightkube; its errors become ours here."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

import httpx2
from httpx2.websockets import HTTPXWSException, WebSocketUpgradeError
from lightkube import ApiError, Client
from lightkube.core.exceptions import ConfigError
from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import Pod
from lightkube.types import CascadeType
from msgspec import MsgspecError
from wsproto.utilities import ProtocolError

from bot.errors import SandboxUnavailable, SutureError
from bot.sandbox.kubernetes.cluster import RUN
from bot.sandbox.kubernetes.pod import PodState, read_pod
from bot.sandbox.streams import Capped

PATIENCE = 30.0  # seconds for one answer
REFUSALS = frozenset({401, 403})  # answers that stay the same until the operator has mended something


class ClusterError(SutureError):
    """The API server, or the way to it, failed; nothing is known of the run."""


class CancelledRunError(SutureError):
    """The caller no longer wants the run."""


class Outgoing(io.RawIOBase):
    """A file on its way into a pod; sending ends with CancelledRunError once `cancelled()`."""

    def __init__(self, file: IO[bytes], cancelled: Callable[[], bool]) -> None:
        self._file, self._cancelled = file, cancelled

    def read(self, size: int = -1) -> bytes:
        if self._cancelled():
            raise CancelledRunError("cancelled")
        return self._file.read(size)


class Incoming(io.RawIOBase):
    """What a program in a pod writes, kept up to a cap."""

    def __init__(self, most: int) -> None:
        self._kept = Capped(most)

    def write(self, data: Any) -> int:
        self._kept.feed(bytes(data))
        return len(data)

    def content(self) -> bytes:
        """What was kept."""
        return self._kept.content()


class Api:
    """Jobs, pods and programs in pods, in one namespace. Thread-safe, as its client is."""

    def __init__(self, client: Client, namespace: str) -> None:
        self._client, self._namespace = client, namespace

    @property
    def server(self) -> str:
        """The URL of the API server."""
        return self._client.config.cluster.server

    def create(self, manifest: dict[str, Any]) -> None:
        """Start a Job. Raises SandboxUnavailable when the server refuses it, ClusterError when it fails."""
        with _faults(f"creating a Job in namespace {self._namespace}", REFUSALS | {400, 404, 422}):
            self._client.create(cast("Job", Job.from_dict(manifest)))

    def pod_of(self, run: str) -> PodState | None:
        """The pod of a run, None while, or once, there is none."""
        with _faults(f"looking for the pod of {run}"):
            for pod in self._client.list(Pod, namespace=self._namespace, labels={RUN: run}):
                return read_pod(pod.to_dict())
        return None

    def execute(
        self,
        pod: str,
        container: str,
        argv: list[str],
        *,
        stdin: IO[bytes] | io.RawIOBase | bytes = b"",
        most: int,
        patience: float,
    ) -> tuple[int, bytes, bytes]:
        """Run a program in a container: its exit code and up to `most` bytes of each of its outputs."""
        out, err = Incoming(most), Incoming(most)
        with _faults(f"running a program in container {container} of {pod}"):
            done = self._client.exec(
                pod,
                namespace=self._namespace,
                container=container,
                command=argv,
                stdin=cast("Any", stdin),
                stdout=cast("Any", out),
                stderr=cast("Any", err),
                timeout=patience,
            )
        return done.exit_code, out.content(), err.content()

    def delete(self, run: str) -> None:
        """Remove a Job with its pod, at once. One that is gone already is no error."""
        with _faults(f"deleting Job {run}"):
            try:
                self._client.delete(
                    Job, run, namespace=self._namespace, grace_period=0, cascade=CascadeType.BACKGROUND
                )
            except ApiError as exc:
                if exc.status.code != 404:
                    raise

    def runs(self, labels: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
        """Name and labels of each Job with these labels."""
        with _faults(f"listing the Jobs of namespace {self._namespace}"):
            found = self._client.list(Job, namespace=self._namespace, labels=dict(labels))
            described = [(job.to_dict()["metadata"]) for job in found]
        return [(one["name"], dict(one.get("labels") or {})) for one in described]


@contextmanager
def _faults(doing: str, refusals: frozenset[int] = REFUSALS) -> Iterator[None]:
    """Raises SandboxUnavailable for what only the operator can mend, ClusterError for all else."""
    try:
        yield
    except ApiError as exc:
        if exc.status.code in refusals:
            raise _refused(doing, f"{exc.status.code}: {exc.status.message}") from exc
        raise ClusterError(f"{doing}: {exc.status.message}") from exc
    except WebSocketUpgradeError as exc:
        if exc.response.status_code in refusals:
            raise _refused(doing, str(exc.response.status_code)) from exc
        raise ClusterError(f"{doing}: answer {exc.response.status_code}") from exc
    except (httpx2.HTTPError, HTTPXWSException, ProtocolError, MsgspecError, OSError) as exc:
        raise ClusterError(f"{doing}: {exc or type(exc).__name__}") from exc


def _refused(doing: str, answer: str) -> SandboxUnavailable:
    return SandboxUnavailable(
        f"Kubernetes refused {doing} ({answer}); apply what `python -m bot.sandbox.kubernetes` prints, bind "
        "the role to the bot, and check the SUTURE_KUBERNETES_ settings."
    )


def connect() -> Client:
    """A client for the cluster the bot runs in, else for the one that KUBECONFIG names.

    Raises SandboxUnavailable when there is neither.
    """
    try:
        return Client(timeout=httpx2.Timeout(PATIENCE))
    except (ConfigError, OSError) as exc:
        raise SandboxUnavailable(
            f"There is no way to a Kubernetes cluster ({exc}); run the bot in one, or set KUBECONFIG."
        ) from exc
