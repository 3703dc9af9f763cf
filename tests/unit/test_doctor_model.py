"""`suture doctor` and the model: key, names, prices; asked of a stand-in by the real SDK."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from bot.ceilings import Budget, Ceiling
from bot.doctor import Level, Result
from bot.doctor.checks import model, prices
from bot.doctor.site import Site
from bot.settings import Settings, StageSettings
from tests.fakes.messages_api import Answer, MessagesApi, by_task, fails

KNOWN = {"claude-opus-5-5", "claude-haiku-5-5"}
KEY = {"ANTHROPIC_API_KEY": "sk-of-the-tests"}


def knows(name: str) -> Answer:
    return Answer() if name in KNOWN else fails(404, "not_found_error")


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesApi]:
    """The service, at the address that the SDK's variable names."""
    with MessagesApi(by_task()).running() as made:
        made.models = knows
        monkeypatch.setenv("ANTHROPIC_BASE_URL", made.url)
        yield made


def told(settings: Settings) -> Sequence[Result]:
    return list(model.look(Site(settings)))


def test_all_models_are_known(service: MessagesApi):
    """One cheap question for each model that some stage asks; none is asked to write anything."""
    [result] = told(Settings(inherited=KEY))

    assert result.level is Level.OK
    assert all(name in result.what for name in KNOWN)
    assert service.requests == []


def test_a_model_that_is_misspelt(service: MessagesApi):
    """Each is named, and what is known besides."""
    settings = Settings(
        inherited=KEY, stages={"fix": StageSettings("claude-opus-55")}, model_fallback=("claude-0",)
    )
    results = told(settings)

    assert [one.level for one in results] == [Level.PROBLEM, Level.PROBLEM, Level.OK]
    assert {"claude-opus-55", "claude-0"} == {one.what.split()[-1].rstrip(".") for one in results[:2]}
    assert service.requests == []


@pytest.mark.parametrize(
    ("answer", "level", "said"),
    [
        (fails(401, "authentication_error"), Level.PROBLEM, "does not accept the key"),
        (fails(403, "permission_error"), Level.PROBLEM, "may not use"),
        (Answer(status=404, body=b"no such page"), Level.WARNING, "does not list its models"),
        (fails(529, "overloaded_error", retry_after="0"), Level.WARNING, "answered 529"),
    ],
)
def test_what_the_service_says_no_to(service: MessagesApi, answer: Answer, level: Level, said: str):
    """A refused key is told once; a server without a list of models is no fault."""
    service.models = lambda _name: answer
    results = told(Settings(inherited=KEY))

    assert {one.level for one in results} == {level}
    assert said in results[0].what
    assert len(results) == (1 if answer.status in {401, 403} else 2)
    assert all(one.fix for one in results)


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch):
    """The address is shown."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    [result] = told(Settings(inherited=KEY))

    assert result.level is Level.PROBLEM
    assert "http://127.0.0.1:9" in result.what


@pytest.mark.parametrize(
    ("settings", "level"),
    [
        (Settings(reviewer="rules"), Level.SKIPPED),
        (Settings(), Level.WARNING),
        (Settings(reviewer="claude"), Level.PROBLEM),
    ],
)
def test_without_a_key(settings: Settings, level: Level):
    """Meant, perhaps not meant, and surely not meant."""
    [result] = told(settings)

    assert result.level is level


def test_a_cloud_is_not_asked(monkeypatch: pytest.MonkeyPatch):
    """Said as such: names there are the buyer's own."""
    env = {"AWS_REGION": "eu-central-1", "AWS_BEARER_TOKEN_BEDROCK": "made-up"}
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    [result] = told(Settings(claude_via="bedrock", inherited=env))

    assert result.level is Level.WARNING
    assert "Not checked" in result.what


def test_prices():
    """A model without one is a warning, and a problem where a budget is in dollars."""
    [known] = prices.look(Site(Settings(inherited=KEY)))
    own = Settings(inherited=KEY, model="acme-large")
    [unknown] = prices.look(Site(own))
    dollars = Settings(inherited=KEY, model="acme-large", budget=Budget(day=Ceiling(usd=5.0)))
    [costly] = prices.look(Site(dollars))

    assert [known.level, unknown.level, costly.level] == [Level.OK, Level.WARNING, Level.PROBLEM]
    assert "acme-large" in unknown.what
