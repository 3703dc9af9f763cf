"""The budget: no call is made for which a ceiling leaves no room, whoever else is calling at the time."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.budget import Account, Ledger, MemoryLedger, Purse, Scope, Wanted, today
from bot.ceilings import Budget, Ceiling, read_ceiling
from bot.conclude import conclude, untried
from bot.errors import BudgetSpent, ReviewerError, SettingsError, Superseded
from bot.jobs.engine import database, migrate
from bot.jobs.spending import DatabaseLedger
from bot.records import Conclusion, Reason, Review, Usage
from bot.review.panel import Panel
from bot.settings import Settings, read_settings
from tests.fakes.claude_case import FOUND, PLACEMENT, TESTED, a_material, reviewing
from tests.fakes.messages_api import Answer, by_task
from tests.fakes.records import a_change, a_finding

NO_LIMIT = Ceiling()
FREE = Budget(NO_LIMIT, NO_LIMIT)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """A ledger in memory, one in an SQLite file, one in Postgres."""
    if request.param == "memory":
        yield MemoryLedger()
        return
    url = ""
    if request.param == "postgres":
        url = f"{request.getfixturevalue('postgres')}suture_{uuid.uuid4().hex[:12]}"
    settings = Settings(data=tmp_path / "data", database_url=url)
    migrate(settings)
    with database(settings) as engine:
        yield DatabaseLedger(engine)


def wanted(finding: str = "", tokens: int = 1_000, reply: int = 4_000) -> Wanted:
    return Wanted(finding, tokens, reply, lambda said, heard: (said + 5 * heard) / 1_000_000)


def pay(purse: Purse, usage: Usage, what: Wanted | None = None) -> int:
    with purse.paying(what or wanted()) as grant:
        grant.usage = usage
        return grant.output_tokens


@pytest.mark.parametrize(
    ("text", "ceiling"),
    [
        ("200k in, 40k out, $5", Ceiling(200_000, 40_000, 5.0)),
        ("1.5M in", Ceiling(1_500_000)),
        (" $0.25 ", Ceiling(usd=0.25)),
        ("500 out", Ceiling(output_tokens=500)),
        ("none", NO_LIMIT),
        ("", Ceiling(7)),
    ],
)
def test_a_ceiling_is_read_as_it_is_written(text: str, ceiling: Ceiling) -> None:
    """Tokens with k or M, dollars, any of the three; nothing said leaves the default."""
    assert read_ceiling("SUTURE_BUDGET_DAY", text, Ceiling(7)) == ceiling


@pytest.mark.parametrize("text", ["200k", "5$", "1k in, 2k in", "200k in; 4k out", "-1 in", "in"])
def test_another_form_is_an_error_that_names_the_setting(text: str) -> None:
    """A typing error must not become "no limit"."""
    with pytest.raises(SettingsError, match="SUTURE_BUDGET_DAY"):
        read_settings({"SUTURE_BUDGET_DAY": text})


def test_settings_hold_the_ceilings() -> None:
    """What is not set has its default."""
    budget = read_settings({"SUTURE_BUDGET_REPOSITORY_DAY": "$20"}).budget

    assert budget == Budget(repository_day=Ceiling(usd=20.0))


def test_what_was_paid_is_known_to_the_cent(ledger: Ledger) -> None:
    """All kinds of tokens, calls that failed, and prices that are not known."""
    purse = Purse(ledger, FREE, Account("job", 1, 2))

    pay(purse, Usage(1, 10, 20, 30, 40, 0.5))
    pay(purse, Usage(1, 1, 0, 0, 0, None))
    with pytest.raises(RuntimeError), purse.paying(wanted()):
        raise RuntimeError

    assert purse.spent() == Usage(3, 11, 20, 30, 40, 0.5)


def test_scopes_sum_what_is_theirs(ledger: Ledger) -> None:
    """A review, a finding, a repository, an installation, a day: nobody pays for another."""
    for account in (Account("a", 1, 1), Account("b", 1, 1), Account("c", 2, 1), Account("d", 3, 2)):
        pay(Purse(ledger, FREE, account), Usage(1, 10), wanted("f" if account.job == "a" else ""))

    def calls(scope: Scope) -> int:
        return ledger.total(scope).model_calls

    assert calls(Scope(job="a")) == calls(Scope(job="a", finding="f")) == 1
    assert calls(Scope(job="b", finding="f")) == 0
    assert calls(Scope(repository_id=1)) == 2
    assert calls(Scope(installation_id=1, day=today())) == 3
    assert calls(Scope(day="2020-01-01")) == 0


@pytest.mark.parametrize(
    ("budget", "setting"),
    [
        (replace(FREE, pull_request=Ceiling(5_000)), "SUTURE_BUDGET_PULL_REQUEST"),
        (replace(FREE, finding=Ceiling(5_000)), "SUTURE_BUDGET_FINDING"),
        (replace(FREE, repository_day=Ceiling(5_000)), "SUTURE_BUDGET_REPOSITORY_DAY"),
        (replace(FREE, installation_day=Ceiling(5_000)), "SUTURE_BUDGET_INSTALLATION_DAY"),
        (replace(FREE, day=Ceiling(5_000)), "SUTURE_BUDGET_DAY"),
        (replace(FREE, day=Ceiling(output_tokens=3_000)), "SUTURE_BUDGET_DAY"),
        (replace(FREE, day=Ceiling(usd=0.03)), "SUTURE_BUDGET_DAY"),
    ],
)
def test_each_ceiling_ends_the_calls(ledger: Ledger, budget: Budget, setting: str) -> None:
    """The call that would pass it is not made; the sentence names the setting."""
    purse = Purse(ledger, budget, Account("job", 1, 2))

    pay(purse, Usage(1, 4_500, 0, 0, 2_500, 0.02), wanted("f"))
    with pytest.raises(BudgetSpent, match=setting):
        pay(purse, Usage(), wanted("f"))


def test_a_day_is_shared_by_all_reviews(ledger: Ledger) -> None:
    """Another pull request of the repository, another repository of the installation."""
    budget = replace(FREE, repository_day=Ceiling(1_500), installation_day=Ceiling(3_000))

    pay(Purse(ledger, budget, Account("a", 1, 1)), Usage(1, 1_200))
    with pytest.raises(BudgetSpent, match="REPOSITORY_DAY"):
        pay(Purse(ledger, budget, Account("b", 1, 1)), Usage())
    pay(Purse(ledger, budget, Account("c", 2, 1)), Usage(1, 1_200))
    with pytest.raises(BudgetSpent, match="INSTALLATION_DAY"):
        pay(Purse(ledger, budget, Account("d", 3, 1)), Usage())
    pay(Purse(ledger, budget, Account("e", 4, 2)), Usage(1, 1_200))


def test_a_reply_is_as_long_as_what_is_left() -> None:
    """The last call before a ceiling gets a shorter one, by tokens or by dollars."""
    budget = replace(FREE, pull_request=Ceiling(output_tokens=5_000))
    assert pay(Purse(budget=budget), Usage(1, 0, 0, 0, 2_000)) == 4_000

    purse = Purse(budget=budget)
    pay(purse, Usage(1, 0, 0, 0, 2_000))
    assert pay(purse, Usage()) == 3_000
    assert pay(Purse(budget=replace(FREE, day=Ceiling(usd=0.0135))), Usage()) == 2_500


def test_tokens_from_the_cache_weigh_a_tenth() -> None:
    """They cost about so much, and a review reads the same change many times."""
    purse = Purse(budget=replace(FREE, pull_request=Ceiling(10_000)))

    pay(purse, Usage(1, 0, 85_000, 0, 0))
    pay(purse, Usage(1, 0, 6_000, 0, 0))
    with pytest.raises(BudgetSpent):
        pay(purse, Usage())


def test_calls_side_by_side_wait_for_room_and_none_passes_the_ceiling() -> None:
    """Ten threads, room for four calls: four are made, whatever the order, and six are told why not."""
    purse = Purse(budget=replace(FREE, pull_request=Ceiling(output_tokens=16_000)))
    made, refused = [], []

    def call() -> None:
        try:
            made.append(pay(purse, Usage(1, 0, 0, 0, 4_000)))
        except BudgetSpent:
            refused.append(1)

    threads = [threading.Thread(target=call) for _ in range(10)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert (len(made), len(refused)) == (4, 6)
    assert purse.spent().output_tokens == 16_000


def test_a_stopped_review_makes_no_call(tmp_path: Path) -> None:
    """Whatever was planned: once its job has to give way, no model hears of it."""
    with reviewing(by_task(review=FOUND)) as (reviewer, api):
        paying = reviewer.paying_from(Purse(cancelled=lambda: True))
        with pytest.raises(Superseded):
            paying.review(a_material(tmp_path))

    assert api.requests == []


def test_a_review_that_cannot_be_paid_is_no_clean_one(tmp_path: Path) -> None:
    """Every file is listed with the reason, and nobody was asked."""
    purse = Purse(budget=replace(FREE, day=Ceiling(100)))
    with reviewing(by_task(review=FOUND)) as (reviewer, api):
        panel = Panel((reviewer.paying_from(purse), Silent()))
        material = a_material(tmp_path)
        outcome = conclude(material.change, panel.review(material), ())

    assert api.requests == []
    assert outcome.conclusion is Conclusion.INCOMPLETE
    assert "SUTURE_BUDGET_DAY" in outcome.not_reviewed[0].reason


class Silent:
    """A reviewer that finds nothing."""

    name = "silent"

    def review(self, material: object) -> Review:
        return Review()


def test_a_finding_that_cannot_be_paid_stays_unproven() -> None:
    """It was not refuted, so it is not dropped."""
    case = untried(a_finding(), BudgetSpent("The budget for this finding leaves no room."))
    outcome = conclude(a_change(), Review(findings=(case.finding,)), (case,))

    assert outcome.conclusion is Conclusion.INCOMPLETE
    assert outcome.examined[0].proof.failed[0].reason is Reason.BUDGET_SPENT


def _until_spent(call: Callable[[], object]) -> int:
    """How often the call could be paid, a hundred times at most."""
    for calls in range(100):
        try:
            call()
        except BudgetSpent as spent:
            return calls if "SUTURE_BUDGET_FINDING" in str(spent) else -1
    raise AssertionError("nothing ended the calls")


def test_calls_of_a_finding_are_its_own_and_end_at_its_ceiling(tmp_path: Path) -> None:
    """The review has paid; the first finding's second call finds its ceiling reached."""
    purse = Purse(budget=replace(FREE, finding=Ceiling(12_000)))
    with reviewing(by_task(review=FOUND, test=TESTED)) as (reviewer, api):
        paying = reviewer.paying_from(purse)
        material = a_material(tmp_path)
        (finding,) = paying.review(material).findings
        calls = _until_spent(lambda: paying.write_test(finding, material, PLACEMENT, ()))

    assert calls > 0
    assert purse.spent().model_calls == len(api.requests)


def test_a_call_that_failed_or_was_cut_off_is_in_the_ledger(tmp_path: Path) -> None:
    """A reply that nobody can use was paid for as well."""
    purse = Purse()
    cut = Answer(text='{"review": {"find', stop_reason="max_tokens")
    with (
        reviewing(by_task(review=cut)) as (reviewer, api),
        pytest.raises(ReviewerError, match="cut off"),
    ):
        reviewer.paying_from(purse).review(a_material(tmp_path))

    assert purse.spent().model_calls == 1
    assert purse.spent().output_tokens == api.usages[0]["output_tokens"] > 0


def test_calls_of_a_minute_are_counted_over_all(ledger: Ledger) -> None:
    """Whoever shares the ledger shares the minute: one more waits, and stops there if told to."""
    asked = iter([False, False, True])
    one = Purse(ledger, FREE, Account("a", 1, 1), calls_per_minute=2)
    two = Purse(ledger, FREE, Account("b", 2, 2), lambda: next(asked), calls_per_minute=2)
    pay(one, Usage(1))

    pay(two, Usage(1))
    with pytest.raises(Superseded):
        pay(two, Usage(1))

    assert ledger.calls_within(60) == 2
    assert ledger.calls_within(-1) == 0
