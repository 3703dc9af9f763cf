"""What became of a delivery, as GitHub's list of recent deliveries shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["accepted", "cancelled", "duplicate", "ignored", "pong", "recorded"]


BARRED = "The App's installation there is suspended or was removed."


@dataclass(frozen=True, slots=True)
class Answer:
    """Always sent as 202. `reason` says in a sentence why nothing was started, if so."""

    status: Status
    reason: str = ""
