"""Headers and bytes → Delivery: lenient about what GitHub adds, clear about what is missing."""

from __future__ import annotations

import pytest

from tests.fakes.deliveries import headers
from webhooks.delivery import Delivery, Refused, read_delivery

BODY = b'{"action": "opened", "number": 3, "draft": true, "repository": {"id": 7}, "new": [1]}'


def read(body: bytes = BODY, **changed: str) -> Delivery:
    given = {**headers(body, "pull_request", "guid-1"), **changed}
    return read_delivery(lambda name: given.get(name, ""), body)


def test_what_is_read():
    """Event and GUID come from the headers, the action from the payload, and unknown fields do no harm."""
    delivery = read()

    assert (delivery.guid, delivery.event, delivery.action) == ("guid-1", "pull_request", "opened")
    assert delivery.find(int, "repository", "id") == 7


@pytest.mark.parametrize(
    ("kind", "path"),
    [(str, ("number",)), (int, ("draft",)), (int, ("repository", "id", "x")), (int, ("nothing", "there"))],
)
def test_a_field_of_another_kind_is_not_found(kind: type, path: tuple[str, ...]):
    """A field that is missing or of another type is None to `find`, and a 400 that names it to `need`."""
    assert read().find(kind, *path) is None
    with pytest.raises(Refused, match=".".join(path)) as refused:
        read().need(kind, *path)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-GitHub-Delivery", ""),
        ("X-GitHub-Delivery", "a" * 65),
        ("X-GitHub-Delivery", "a\nb"),
        ("X-GitHub-Event", ""),
        ("X-GitHub-Event", "../ping"),
    ],
)
def test_headers_that_are_missing_or_ill_formed(name: str, value: str):
    """Without GUID or event the request is none of GitHub's: 400, and the answer names the header."""
    with pytest.raises(Refused, match=name) as refused:
        read(**{name: value})
    assert refused.value.status == 400


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_content_types(kind: str):
    """A webhook that sends forms is told how to send JSON."""
    with pytest.raises(Refused, match="application/json") as refused:
        read(**{"Content-Type": kind})
    assert refused.value.status == 415


def test_a_charset_does_no_harm():
    """The content type may have parameters."""
    assert read(**{"Content-Type": "application/JSON; charset=utf-8"}).event == "pull_request"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe\xfa", b"[" * 100_000])
def test_bodies_that_are_no_json_object(body: bytes):
    """Whatever else the body is, the answer is 400."""
    with pytest.raises(Refused) as refused:
        read(body)
    assert refused.value.status == 400
