"""However often, by whomever and through what fault a review is published: the same stands there, once."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ForgeUnavailable
from bot.forge.markers import external_id
from bot.forge.writes import StartCheck
from bot.publish.outputs.review_comments import MOST_INLINE
from bot.records import Answer, Verdict
from tests.fakes.published import Scene, scene
from tests.fakes.stories import LINES, Saying, Story, told_once

lines = st.sampled_from([1, 2, 3, LINES + 5])
verdicts = st.sampled_from([Verdict.PROVEN, Verdict.REPRODUCED, Verdict.UNPROVEN])
answers = st.sampled_from(list(Answer))
sayings = st.builds(
    Saying, st.dictionaries(lines, verdicts, max_size=3), st.dictionaries(lines, answers, max_size=3)
)
pasts = st.lists(st.builds(Saying, st.dictionaries(lines, verdicts, min_size=1, max_size=3)), max_size=1).map(
    tuple
)
CALLS = (
    ("POST", r"/repos/.*/check-runs", ""),
    ("PATCH", r"/repos/.*/check-runs", ""),
    ("POST", r"/repos/.*/reviews", ""),
    ("PATCH", r"/repos/.*/comments", ""),
    ("POST", r"/repos/.*/replies", ""),
    ("POST", r"/graphql", "createCommitOnBranch"),
    ("POST", r"/graphql", "esolveReviewThread"),
    ("POST", r"/graphql", "reviewThreads"),
)
few = settings(max_examples=3, derandomize=True)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene(tmp_path_factory.mktemp("converging")) as made:
        yield made
        assert not made.state.unknown_calls


def same(disturbed: Story, straight: Story, saying: Saying) -> None:
    """Once more changes nothing, and nothing is there twice or otherwise than told straight."""
    straight.publish(saying)
    before = disturbed.told()
    disturbed.publish(saying)

    assert disturbed.told() == before == straight.told()
    assert disturbed.doubled() == []


@few
@given(pasts, sayings, st.booleans(), st.integers(0, 9))
def test_after_any_part(
    there: Scene, past: tuple[Saying, ...], saying: Saying, answered: bool, done: int
) -> None:
    """A worker dies after any write, and another begins anew."""
    disturbed, straight = told_once(there, *past, answered=answered)
    forge = disturbed.forge()
    for write in disturbed.writes(saying)[:done]:
        forge.carry_out(write)

    disturbed.publish(saying)

    same(disturbed, straight, saying)


@few
@given(pasts, sayings, st.booleans(), st.integers(0, 4), st.lists(st.booleans(), max_size=16))
def test_two_workers_by_turns(
    there: Scene, past: tuple[Saying, ...], saying: Saying, answered: bool, late: int, turns: list[bool]
) -> None:
    """The second plans while the first writes; from then on they take turns in any order."""
    disturbed, straight = told_once(there, *past, answered=answered)
    first, second = disturbed.forge(), disturbed.forge()
    writes = list(disturbed.writes(saying, first))
    for write in writes[:late]:
        first.carry_out(write)
    left = {True: iter(writes[late:]), False: iter(disturbed.writes(saying, second))}
    for turn in [*turns, *([True, False] * 9)]:
        if (write := next(left[turn], None)) is not None:
            (first if turn else second).carry_out(write)

    same(disturbed, straight, saying)


PAST = Saying(dict.fromkeys((1, 2, 3), Verdict.PROVEN))
RICH = Saying(
    {1: Verdict.PROVEN, 4: Verdict.REPRODUCED, LINES + 5: Verdict.PROVEN},
    {2: Answer.FIXED, 3: Answer.UNKNOWN},
)


@pytest.fixture(scope="module")
def straight(there: Scene) -> dict[str, object]:
    """What stands there when nothing is in the way."""
    one, _ = told_once(there, PAST)
    one.publish(RICH)
    return one.told()


@pytest.mark.parametrize(("took_effect", "times"), [(True, 1), (False, 3)])
@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_an_answer_is_lost(
    there: Scene, straight: dict[str, object], call: tuple[str, str, str], took_effect: bool, times: int
) -> None:
    """A call fails, whether or not it took effect; where the forge gives up, a worker comes back later."""
    one = next(told_once(there, PAST))
    method, path, body = call
    there.state.faults.add(method, path, 502, times, took_effect=took_effect, body_regex=body)
    for _ in range(4):
        try:
            one.publish(RICH)
        except ForgeUnavailable:
            continue
        break

    unused = sum(fault.times for fault in there.state.faults.waiting)
    there.state.faults.waiting.clear()
    assert unused < times
    assert one.told() == straight
    assert one.doubled() == []


def test_more_than_fit_inline_and_in_one_call(there: Scene) -> None:
    """The first are inline; the rest are annotations, fifty a call, though a worker died amid them."""
    found = dict.fromkeys(range(1, LINES + 90), Verdict.REPRODUCED)
    disturbed, straight = told_once(there)
    there.state.faults.add("PATCH", "/repos/.*/check-runs", 502, took_effect=True)
    there.state.faults.add("PATCH", "/repos/.*/check-runs", 502, 2)
    with pytest.raises(ForgeUnavailable):
        disturbed.publish(Saying(found))
    half = len(disturbed.told()["annotations"])

    disturbed.publish(Saying(found))

    assert half == 50
    assert len(disturbed.threads()) == MOST_INLINE
    titles = disturbed.told()["annotations"]
    assert len(titles) == len(set(titles)) == len(found) - MOST_INLINE
    same(disturbed, straight, Saying(found))


def test_two_workers_at_the_same_time(there: Scene) -> None:
    """Real threads: what GitHub itself keeps single, or is written over, is so when both write at once."""
    past = Saying({1: Verdict.PROVEN, 2: Verdict.PROVEN})
    disturbed, straight = told_once(there, past)
    forges = [disturbed.forge(), disturbed.forge()]
    forges[0].carry_out(StartCheck(disturbed.pull.head_sha, external_id(disturbed.job())))
    plans = [disturbed.writes(past, forge) for forge in forges]
    together = threading.Barrier(2)

    def work(at: int) -> None:
        for write in plans[at]:
            together.wait(30)
            forges[at].carry_out(write)

    workers = [threading.Thread(target=work, args=(at,)) for at in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    same(disturbed, straight, past)
