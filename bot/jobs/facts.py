"""What log lines and spans say of whose work they tell."""

from __future__ import annotations

from bot.records import ClosedPull, Command, Job, MergeGroup


def facts_of(asked: Job | Command | ClosedPull | MergeGroup) -> dict[str, str | int]:
    """Delivery, installation, repository, pull request and, where it is known, head."""
    facts: dict[str, str | int] = {
        "delivery": asked.delivery,
        "installation": asked.installation_id,
        "repository": asked.repository,
        "number": asked.number,
    }
    return facts | ({"head": asked.head_sha} if isinstance(asked, Job) else {})
