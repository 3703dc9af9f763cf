"""Why an environment cannot be had, in words that tell what to do."""

from __future__ import annotations

from bot.environments.fetch import Fetched
from bot.errors import EnvironmentUnavailable

ADVICE = "Name an interpreter that has the dependencies with --python."


class NoWheel(EnvironmentUnavailable):
    """A package has no wheel for this Python."""


class BuildFailed(NoWheel):
    """A package has no wheel for this Python, and none could be built from its source."""


def need(fetched: Fetched, source: str) -> None:
    """Raise EnvironmentUnavailable in words for a call of uv that failed."""
    if fetched.exit_code == 0:
        return
    errors = fetched.stderr[max(0, fetched.stderr.find("error:")) :]
    said = " ".join(errors.removeprefix("error:").split())[-700:]
    start = f"The dependencies from {source} cannot be fetched"
    if fetched.is_spent:
        raise EnvironmentUnavailable(f"{start}: they are too large. {ADVICE}")
    if fetched.refused:
        hosts = ", ".join(fetched.refused)
        raise EnvironmentUnavailable(
            f"{start}: they lie on {hosts}, which is no configured package index. {ADVICE}"
        )
    if any(
        word in said for word in ("building from source is disabled", "no usable wheels", "no wheels with")
    ):
        reason = "a package has no wheel for this Python, and nothing is built from source"
        raise NoWheel(f"{start}: {reason} ({said}). {ADVICE}")
    raise EnvironmentUnavailable(f"{start}: uv says: {said}. {ADVICE}")
