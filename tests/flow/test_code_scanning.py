"""Uploads to code scanning over HTTP: where they are granted, and never at the review's cost."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sarif_kit.validate import validation_errors

from bot.demo.github.state import GitHub
from bot.records import Conclusion, Outcome
from bot.step import straight
from tests.fakes.published import Scene, findings, proven, scene

UPLOADS = "/repos/acme/shop/code-scanning/sarifs"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene(tmp_path_factory.mktemp("shop")) as made:
        yield made


@pytest.fixture
def there(shop: Scene) -> Scene:
    """The scene with the permission and with code scanning, and no upload yet."""
    shop.installation.permissions["security_events"] = "write"
    shop.repository.advanced_security = True
    shop.state.analyses.clear()
    shop.state.journal.entries.clear()
    return shop


def publish(there: Scene, **changes: object) -> Outcome:
    outcome = replace(findings(there.forge().collect()), **changes)
    there.publisher().publish(outcome, straight)
    return outcome


def uploads(state: GitHub) -> list[int]:
    return [one.status for one in state.journal.entries if one.path == UPLOADS]


def test_a_granted_installation_gets_the_alerts(there: Scene):
    """The findings of the head, on the pull request's ref, by a token that may do nothing else."""
    outcome = publish(there)

    (made,) = there.state.analyses
    assert (made.commit_sha, made.ref) == (outcome.change.head_sha, f"refs/pull/{there.pull.number}/head")
    assert validation_errors(made.log) == []
    (result,) = made.log["runs"][0]["results"]
    assert result["partialFingerprints"]["primaryLocationLineHash"] == f"{proven().finding.id}:1"
    narrow = [one.permissions for one in there.state.tokens.values() if "security_events" in one.permissions]
    assert narrow == [{"metadata": "read", "security_events": "write"}]


def test_without_the_permission_nothing_is_asked(there: Scene):
    """The App's permissions are optional: no call is refused, and the check run is complete."""
    del there.installation.permissions["security_events"]

    publish(there)

    assert uploads(there.state) == []
    assert [one.status for one in there.state.journal.entries if one.status >= 400] == []
    assert there.state.check_runs[-1].status == "completed"


def test_code_scanning_that_is_off_costs_nothing_but_a_line_in_the_log(
    there: Scene, caplog: pytest.LogCaptureFixture
):
    """A private repository without it says no; the review stands."""
    there.repository.advanced_security = False

    with caplog.at_level(logging.WARNING, "suture.publish"):
        publish(there)

    assert uploads(there.state) == [403]
    assert "Advanced Security must be enabled" in caplog.text
    assert there.state.check_runs[-1].status == "completed"


def test_a_fault_of_code_scanning_is_none_of_the_review(there: Scene):
    """What GitHub could not take now is not sent again and again."""
    there.state.faults.add("POST", UPLOADS)

    publish(there)

    assert uploads(there.state) == [502]
    assert there.state.analyses == []


@pytest.mark.parametrize(
    "changes",
    [
        {"conclusion": Conclusion.FAILED, "examined": (), "failure": "No luck."},
        {"change": "moved"},
    ],
)
def test_nothing_is_known_nothing_is_uploaded(there: Scene, changes: dict[str, object]):
    """An empty log would close the alerts of a head that was not reviewed, or is another by now."""
    if "change" in changes:
        changes = {"change": replace(there.forge().collect(), head_sha=there.pull.base_sha)}

    publish(there, **changes)

    assert there.state.analyses == []
