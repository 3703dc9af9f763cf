"""Every payload that Octokit collected, signed and sent to the real application: none may be a 5xx."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from bot.jobs.inbox import DurableInbox
from bot.settings import Settings
from tests.fakes.deliveries import headers
from webhooks import create_app

ARCHIVE = Path(__file__).parents[2] / ".cache" / "contracts" / "octokit-webhooks-examples-7.6.1.tgz"


def examples(host: str) -> list[tuple[str, dict[str, object]]]:
    with tarfile.open(ARCHIVE) as archive:
        member = archive.extractfile(f"package/{host}/index.json")
        assert member is not None
        found = json.load(member)
    return [(event["name"], example) for event in found for example in event["examples"]]


@pytest.mark.skipif(not ARCHIVE.exists(), reason=f"{ARCHIVE.name} is not in .cache/contracts")
@pytest.mark.parametrize("host", ["api.github.com", "ghes-35"])
def test_octokit_s_examples(sqlite_settings: Settings, host: str):
    """Whatever GitHub sends is acknowledged, or refused in a way that says whose fault it is."""
    inbox = DurableInbox(sqlite_settings)
    client = create_app(sqlite_settings, inbox).test_client()
    sent = examples(host)

    statuses = {}
    for number, (event, payload) in enumerate(sent):
        body = json.dumps(payload).encode()
        response = client.post("/webhooks/github", data=body, headers=headers(body, event, f"guid-{number}"))
        statuses[number, event] = response.status_code
    inbox.close()

    assert len(sent) > 50
    assert {one: status for one, status in statuses.items() if status != 202} == {}


@pytest.mark.skipif(not ARCHIVE.exists(), reason=f"{ARCHIVE.name} is not in .cache/contracts")
def test_all_of_them_are_sent():
    """The collection is the one that is meant."""
    assert len(examples("api.github.com")) == 329
