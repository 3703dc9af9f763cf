"""One run, from its Job's creation to what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.records import RunStatus
from bot.sandbox import Command, Execution
from bot.sandbox.kubernetes.api import Api, CancelledRunError, ClusterError, Outgoing
from bot.sandbox.kubernetes.manifest import START
from bot.sandbox.kubernetes.parcel import Parcel
from bot.sandbox.kubernetes.pod import PodState
from bot.sandbox.kubernetes.scripts import FLOODED, RECEIVE, REPORT, STREAMS
from bot.sandbox.supervisor import MOST_WRITTEN, Report, parse_report
from bot.sandbox.verdict import CPU_ENDED

POLL = 0.1  # seconds between two looks at `cancelled`
LOOK = 0.5  # seconds between two looks at the pod
HAND_OVER = 120.0  # seconds for the source's way in
HAND_BACK = 60.0  # seconds for each of the two ways out
MOST_FAULTS = 10  # looks in a row that may fail before the run is given up
LAST_WORDS = 10.0  # seconds for the output of a run that is to be ended anyway


class LostPodError(ClusterError):
    """The pod is gone or cannot come to its end."""


class Conversation:
    """Used once, by `to_the_end`; the Job exists already and stays."""

    def __init__(self, api: Api, run: str, command: Command, cancelled: Callable[[], bool]) -> None:
        self._api, self._run, self._command, self._cancelled = api, run, command, cancelled
        self._pod, self._faults = "", 0

    def to_the_end(self, parcel: Parcel) -> Execution:
        """What was seen. Raises CancelledRunError, ClusterError, or SandboxUnavailable for a refusal."""
        pod = self._wait(START, lambda pod: pod.container("receive").running)
        if pod is None:
            raise LostPodError(
                f"no container of {self._run} ran within {START} s; look at the events of its namespace "
                "(a RuntimeClass, a node, a quota or the image may be missing)"
            )
        self._hand_over(parcel)
        began = time.monotonic()
        pod = self._wait(START, lambda pod: _has_begun(pod, "payload") and _has_begun(pod, "keeper"))
        if pod is None:
            raise LostPodError(f"the payload of {self._run} did not start within {START} s")
        ended = self._wait(
            self._command.limits.wall, lambda pod: pod.container("payload").exit_code is not None
        )
        seconds = time.monotonic() - began
        return self._too_long(seconds) if ended is None else self._ended(ended, seconds)

    def _wait(self, seconds: float, until: Callable[[PodState], bool]) -> PodState | None:
        """The first state of the pod of which `until` holds, None when there is none in time."""
        deadline, looked = time.monotonic() + seconds, -LOOK
        while True:
            if self._cancelled():
                raise CancelledRunError("cancelled")
            now = time.monotonic()
            if now >= looked + LOOK:
                looked = now
                if (pod := self._look()) is not None and until(pod):
                    return pod
                if now >= deadline:
                    return None
            time.sleep(POLL)

    def _look(self) -> PodState | None:
        """The pod, None while it has none or an answer failed that the next look may get."""
        try:
            pod = self._api.pod_of(self._run)
        except ClusterError:
            self._faults += 1
            if self._faults >= MOST_FAULTS:
                raise
            return None
        self._faults = 0
        if pod is None or (self._pod and pod.name != self._pod):
            if self._pod:
                raise LostPodError("the pod was removed while it ran")
            return None
        self._pod = pod.name
        if obstacle := pod.obstacle():
            raise LostPodError(obstacle)
        return pod

    def _hand_over(self, parcel: Parcel) -> None:
        code, _, said = self._api.execute(
            self._pod,
            "receive",
            ["/bin/sh", "-c", RECEIVE, "receive", parcel.digest],
            stdin=Outgoing(parcel.file, self._cancelled),
            most=4096,
            patience=HAND_OVER,
        )
        if code != 0:
            words = " ".join(said.decode(errors="replace").split())
            raise ClusterError(f"the source could not be copied: {words or f'exit code {code}'}")

    def _too_long(self, seconds: float) -> Execution:
        try:
            _, out, err = self._streams(LAST_WORDS)
        except ClusterError as fault:
            out, err = b"", f"the output was not to be had: {fault}".encode()
        detail = f"ended after {self._command.limits.wall:g} s"
        return Execution(RunStatus.TIMEOUT, None, out, err, seconds=seconds, detail=detail)

    def _ended(self, pod: PodState, seconds: float) -> Execution:
        payload = pod.container("payload")
        report = self._report()
        flooded, out, err = self._streams(HAND_BACK)
        status, detail = RunStatus.EXITED, ""
        if payload.reason == "OOMKilled":
            status = RunStatus.MEMORY
            detail = f"ended after {self._command.limits.memory} bytes of memory"
        elif payload.reason in {"StartError", "ContainerCannotRun"}:
            status, detail = RunStatus.SANDBOX_ERROR, f"the payload did not start: {payload.message}"
        elif flooded:
            status, detail = RunStatus.OUTPUT_LIMIT, f"it wrote {self._command.limits.flood} bytes of output"
        elif payload.exit_code == CPU_ENDED:
            status, detail = RunStatus.TIMEOUT, "a process used up its processor time"
        elif not report.complete:
            status, detail = RunStatus.SANDBOX_ERROR, "the keeper's report was cut off"
        return Execution(
            status=status,
            exit_code=payload.exit_code if status is RunStatus.EXITED else None,
            stdout=out,
            stderr=err,
            result=report.result,
            written=report.written,
            seconds=seconds,
            detail=detail,
        )

    def _report(self) -> Report:
        most = self._command.limits.result
        words = [self._command.result, str(most), str(MOST_WRITTEN)]
        code, sent, _ = self._api.execute(
            self._pod,
            "keeper",
            ["/bin/sh", "-c", REPORT, "report", *words],
            most=most + MOST_WRITTEN + 8,
            patience=HAND_BACK,
        )
        return parse_report(sent) if code == 0 else Report(ready=True, complete=False)

    def _streams(self, patience: float) -> tuple[bool, bytes, bytes]:
        """Whether it wrote as much as it may, and the kept parts of its two outputs."""
        half = self._command.limits.kept_output // 2
        words = [str(half), str(self._command.limits.flood)]
        code, out, err = self._api.execute(
            self._pod,
            "keeper",
            ["/bin/sh", "-c", STREAMS, "streams", *words],
            most=2 * half + 100,  # and the line in the gap
            patience=patience,
        )
        if code not in {0, FLOODED}:
            raise ClusterError(f"the keeper could not read the output: exit code {code}")
        return code == FLOODED, out, err


def _has_begun(pod: PodState, name: str) -> bool:
    state = pod.container(name)
    return state.running or state.exit_code is not None
