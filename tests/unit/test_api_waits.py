"""How calls to GitHub wait: as long as it says, longer each time where it does not, and not for ever."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from bot.forge.api import LONGEST_WAIT, RateLimitedError
from tests.fakes.published import Scene, scene

REPOSITORY = "/repos/acme/shop"
LIMIT = {"message": "You have exceeded a secondary rate limit."}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene(tmp_path_factory.mktemp("waits")) as made:
        yield made


@pytest.fixture(autouse=True)
def no_naps(there: Scene) -> None:
    there.naps.clear()
    there.state.faults.waiting.clear()


def read(there: Scene) -> None:
    there.forge()._read_pull()


def test_the_limit_of_the_hour_is_waited_for_until_it_is_reset(there: Scene) -> None:
    """`x-ratelimit-reset` says when; a second more, since it is a whole one."""
    reset = int(time.time()) + 50
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
    there.state.faults.add(
        "GET", REPOSITORY, 403, headers=headers, answer={"message": "API rate limit exceeded"}
    )

    read(there)

    (nap,) = there.naps
    assert 0 < nap <= 51


def test_a_limit_without_a_time_is_waited_for_longer_each_time(there: Scene) -> None:
    """A minute, then two; then the job comes back later."""
    there.state.faults.add("GET", REPOSITORY, 403, 3, answer=LIMIT)

    with pytest.raises(RateLimitedError, match="240 seconds"):
        read(there)

    assert there.naps == [60.0, 120.0]


def test_no_job_waits_for_long(there: Scene) -> None:
    """Beyond what a job may wait, it does not begin to."""
    there.state.faults.secondary_limit("GET", REPOSITORY, retry_after=int(LONGEST_WAIT) + 1)

    with pytest.raises(RateLimitedError):
        read(there)

    assert there.naps == []
