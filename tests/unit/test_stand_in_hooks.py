"""The stand-in's list of deliveries: the latest first, by status, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.octo import World, world


@pytest.fixture
def there(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def test_deliveries_by_status_and_page(there: World):
    """As GitHub's: one item an attempt, a cursor to the next page, and no page for a wrong question."""
    hooks = there.state.hooks
    sent = [hooks.emit(there.app, "ping", {"zen": "x"}, None) for _ in range(3)]
    for one, status in zip([*sent, sent[0]], (202, 0, 403, 202), strict=True):
        hooks.note(one, status)

    def listed(query: str) -> list[tuple[str, int, bool]]:
        answer = there.call("GET", f"/app/hook/deliveries{query}", token=there.jwt())
        assert answer.status_code == 200
        return [(one["guid"], one["status_code"], one["redelivery"]) for one in answer.json()]

    latest = [(sent[0].guid, 202, True), (sent[2].guid, 403, False)]
    assert listed("?per_page=2") == latest
    next_page = there.call("GET", "/app/hook/deliveries?per_page=2", token=there.jwt()).links["next"]["url"]
    assert listed("?" + next_page.partition("?")[2]) == [
        (sent[1].guid, 502, False),
        (sent[0].guid, 202, False),
    ]
    assert [code for _, code, _ in listed("?status=failure")] == [403, 502]
    for query, status in (("?status=bad", 422), ("?cursor=x", 400)):
        assert there.call("GET", f"/app/hook/deliveries{query}", token=there.jwt()).status_code == status
