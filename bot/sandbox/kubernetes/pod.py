"""What a pod's status says, as a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Reasons for which a container waits that do not pass while one waits with it
HOPELESS = {
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "ErrImagePull",
    "ImageInspectError",
    "ImagePullBackOff",
    "InvalidImageName",
    "RunContainerError",
}


@dataclass(frozen=True, slots=True)
class ContainerState:
    """One container. `exit_code` is None until it has ended; `reason` is the node's word for where it is."""

    running: bool = False
    exit_code: int | None = None
    reason: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class PodState:
    """One look at a pod."""

    name: str
    phase: str
    reason: str  # why the whole pod ended ("Evicted" …), or ""
    containers: Mapping[str, ContainerState]

    def container(self, name: str) -> ContainerState:
        """A container that has no status yet is one that waits."""
        return self.containers.get(name, ContainerState())

    def obstacle(self) -> str:
        """Why it will not come to its end by itself; "" while nothing speaks against it."""
        for name, state in self.containers.items():
            if state.reason in HOPELESS:
                return f"container {name}: {state.reason} {state.message}".rstrip()
        return f"the pod failed: {self.reason}" if self.phase == "Failed" and self.reason else ""


def read_pod(found: Mapping[str, Any]) -> PodState:
    """From the pod as the API server gives it."""
    status = found.get("status") or {}
    listed = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    return PodState(
        name=found["metadata"]["name"],
        phase=status.get("phase") or "",
        reason=status.get("reason") or "",
        containers={one["name"]: _state(one.get("state") or {}) for one in listed},
    )


def _state(state: Mapping[str, Any]) -> ContainerState:
    if (ended := state.get("terminated")) is not None:
        return ContainerState(
            exit_code=ended["exitCode"],
            reason=ended.get("reason") or "",
            message=ended.get("message") or "",
        )
    waiting = state.get("waiting") or {}
    return ContainerState(
        running=state.get("running") is not None,
        reason=waiting.get("reason") or "",
        message=waiting.get("message") or "",
    )
