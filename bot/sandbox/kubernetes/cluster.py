"""Where runs take place, and what marks their Jobs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MANAGED = {"app.kubernetes.io/managed-by": "suture", "app.kubernetes.io/component": "sandbox"}
RUN = "suture/run"  # label: the Job's name
WORKER = "suture/worker"  # label: whose Jobs a sweep may remove
PROCESS = "suture/process"  # label: the start of that worker


@dataclass(frozen=True, slots=True)
class Cluster:
    """The operator's choices."""

    namespace: str
    image: str
    runtime_class: str
    claim: str = ""  # PersistentVolumeClaim with the environments; "" for none
    pool: Path | None = None  # the folder that the bot has the claim mounted at


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose run it is. Both fit a label."""

    worker: str
    process: str
