"""The `Sandbox` that makes a Job of each run."""

from __future__ import annotations

import logging
import re
import secrets
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lightkube import Client

from bot.errors import SandboxUnavailable
from bot.records import RunStatus
from bot.sandbox import Capabilities, Command, Execution
from bot.sandbox.kubernetes.api import Api, CancelledRunError, ClusterError, connect
from bot.sandbox.kubernetes.cluster import MANAGED, PROCESS, WORKER, Cluster, Owner
from bot.sandbox.kubernetes.conversation import Conversation
from bot.sandbox.kubernetes.manifest import Placement, job_manifest
from bot.sandbox.kubernetes.parcel import TooLargeError, packed
from bot.sandbox.kubernetes.probes import probe_command, refuse_unsafe
from bot.sandbox.kubernetes.provide import provide
from bot.sandbox.launch import FIRST_USER, USERS
from bot.sandbox.start import refuse_unusable

LOG = logging.getLogger(__name__)


def _never() -> bool:
    return False


class Kubernetes:
    """A `Sandbox`. `connecting` gives the client; `worker` is the name under which a sweep finds its Jobs."""

    name = "kubernetes"

    def __init__(
        self, cluster: Cluster, connecting: Callable[[], Client] = connect, worker: str | None = None
    ) -> None:
        self._cluster, self._connecting = cluster, connecting
        worker = socket.gethostname() if worker is None else worker
        self._owner = Owner(_label(worker), secrets.token_hex(6))
        self._lock = threading.Lock()
        self._capabilities: Capabilities | None = None

    def check(self) -> Capabilities:
        with self._lock:
            if self._capabilities is None:
                with self._api() as api:
                    server = api.server
                with tempfile.TemporaryDirectory() as folder:
                    command = probe_command(Path(folder, "source"), server)
                    refuse_unsafe(self._attempt(command, _never), self._cluster.runtime_class)
                self._capabilities = Capabilities(
                    isolation=self._cluster.runtime_class,
                    hard_memory=True,
                    hard_processes=False,
                    has_proc=True,
                )
            return self._capabilities

    def run(self, command: Command, cancelled: Callable[[], bool] = _never) -> Execution:
        """As the port says. Raises EnvironmentUnavailable for a path that no pod can be given."""
        self.check()
        return self._attempt(command, cancelled)

    def sweep(self) -> None:
        """Remove the Jobs of this worker's earlier starts. Those of others end by their own deadline."""
        with self._api() as api:
            for run, labels in api.runs({**MANAGED, WORKER: self._owner.worker}):
                if labels.get(PROCESS) != self._owner.process:
                    api.delete(run)

    @contextmanager
    def _api(self) -> Iterator[Api]:
        """A connection of its own for each use, so that none is left open and none is shared."""
        with self._connecting() as client:
            yield Api(client, self._cluster.namespace)

    def _attempt(self, command: Command, cancelled: Callable[[], bool]) -> Execution:
        """Run it without asking the probes."""
        began = time.monotonic()
        refuse_unusable(command)
        provision = provide(command.read_only, self._cluster)
        sent = tuple(path for _, path in provision.sent)
        placement = Placement(
            f"suture-run-{secrets.token_hex(6)}", FIRST_USER + secrets.randbelow(USERS), self._owner
        )
        manifest = job_manifest(command, placement, self._cluster, provision)
        try:
            with packed(command.source, sent, command.limits.work) as parcel, self._api() as api:
                try:
                    api.create(manifest)
                    return Conversation(api, placement.name, command, cancelled).to_the_end(parcel)
                finally:
                    _delete(api, placement.name)
        except TooLargeError as exc:
            detail = f"the source could not be copied: {exc}"
        except (ClusterError, CancelledRunError) as exc:
            detail = str(exc)
        return Execution(RunStatus.SANDBOX_ERROR, None, seconds=time.monotonic() - began, detail=detail)


def _delete(api: Api, run: str) -> None:
    """Also after a creation of which nobody knows whether it went through."""
    try:
        api.delete(run)
    except (ClusterError, SandboxUnavailable) as exc:
        # What was seen stays true; the cluster removes the Job after its deadline
        LOG.warning("a Job could not be deleted and ends by its own deadline: %s", exc)


def _label(text: str) -> str:
    """The text as the value of a label."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[:63].rstrip("-") or "worker"
