"""The dashboard: who gets in, what each sees, and each step that must not be taken."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.budget import Entry as Call
from bot.budget import today
from bot.demo.github import GitHub, create_app, create_repository, install, suspend
from bot.demo.github.records import App, Repository
from bot.jobs.archive import keep
from bot.jobs.engine import database
from bot.jobs.inbox import DurableInbox
from bot.jobs.ledger import workflow_id
from bot.jobs.overview import Reading
from bot.jobs.spending import DatabaseLedger
from bot.jobs.tables import SESSIONS
from bot.publish.archived import archived
from bot.records import Conclusion, Declined, Job, NotReviewed, Outcome, Usage
from bot.settings import Secret, Settings
from bot.step import Step
from tests.fakes.github import GitHubServer
from tests.fakes.octo import key
from tests.fakes.published import proven
from tests.fakes.setting_up import action, inputs
from tests.fakes.workers import a_job, wait_until, working
from tests.unit.test_plan import a_change
from webhooks import create_app as create_web

PUBLIC = "https://suture.example.com"
NASTY = '<script>alert("x")</script>\u202e'


@dataclass(frozen=True)
class Site:
    """A GitHub with two repositories: dana sees the shop alone, eve the other alone."""

    github: GitHub
    app: App
    shop: Repository
    other: Repository


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with GitHubServer(tmp_path_factory.mktemp("github")) as server:
        github = server.state
        app = create_app(github, private_key=key())
        app.client_secret, app.callback_urls = "hush", (f"{PUBLIC}/dashboard/signed-in",)
        shop = create_repository(github, "acme/shop", private=True)
        other = create_repository(github, "eves/other", private=True)
        for owner in ("acme", "eves"):
            install(github, app, owner)
        github.seen_by = {"dana": frozenset({shop.id}), "eve": frozenset({other.id}), "nobody": frozenset()}
        yield Site(github, app, shop, other)


@pytest.fixture
def settings(site: Site, tmp_path: Path) -> Settings:
    return Settings(
        app_id=site.app.client_id,
        client_secret=Secret("hush"),
        webhook_secrets=(Secret("a secret"),),
        public_url=PUBLIC,
        github_api_url=site.github.api,
        data=tmp_path / "data",
    )


@pytest.fixture
def client(settings: Settings, site: Site) -> Iterator[FlaskClient]:
    inbox = DurableInbox(settings)
    yield create_web(settings, inbox).test_client()
    inbox.close()
    site.github.signed_in = "dana"
    site.github.authorized.clear()
    site.github.clock_offset = timedelta()


def get(client: FlaskClient, path: str) -> TestResponse:
    return client.get(path, base_url=PUBLIC)


def to_github(client: FlaskClient) -> str:
    """Press "Sign in"; the address of GitHub's page."""
    answer = get(client, "/dashboard/sign-in")
    assert answer.status_code == 303
    return answer.headers["Location"]


def back_from(site: Site, address: str, login: str = "dana", answer: str = "yes") -> str:
    """Agree at GitHub as `login`; the path and query that GitHub leads back to."""
    site.github.signed_in = login
    shown = requests.get(address, timeout=30, allow_redirects=False)
    if shown.status_code == 200:
        target = site.github.url + action(shown.text)
        sent = {**inputs(shown.text), "answer": answer}
        shown = requests.post(target, sent, timeout=30, allow_redirects=False)
    assert shown.status_code == 302, shown.text
    return shown.headers["Location"].removeprefix(PUBLIC)


def sign_in(client: FlaskClient, site: Site, login: str = "dana") -> TestResponse:
    return get(client, back_from(site, to_github(client), login))


def kept(settings: Settings, repository: Repository) -> str:
    """A review with a finding in the archive, and what it cost; its place in the dashboard."""
    nasty = proven()
    nasty = replace(nasty, finding=replace(nasty.finding, title=NASTY, explanation=NASTY))
    outcome = Outcome(
        a_change(),
        Conclusion.FINDINGS,
        (nasty,),
        not_reviewed=(NotReviewed("big.py", "too long: 9 MB"),),
        declined=(Declined("review", "claude", "cyber", ("a.py:3",)),),
        usage=Usage(2, 1_000, 0, 0, 100, 0.25),
    )
    job = replace(a_job(repository_id=repository.id), repository=repository.full_name)
    with Reading(settings).open() as engine:
        keep(engine, archived(job, outcome))
        ledger = DatabaseLedger(engine)
        ledger.open(Call("job", "", repository.id, 1, today(), Usage(1, 10, 0, 0, 10, 1.5)))
    return f"/dashboard/reviews/{workflow_id(job)}"


def test_a_member_reads_a_review(client: FlaskClient, site: Site, settings: Settings):
    """From the door to the report: finding, proof, fix, what was left out, what it cost."""
    place = kept(settings, site.shop)
    kept(settings, site.other)
    assert get(client, "/dashboard").status_code == 401

    assert sign_in(client, site).headers["Location"] == "/dashboard"
    overview = get(client, "/dashboard").get_data(as_text=True)
    review = get(client, place).get_data(as_text=True)
    report = get(client, f"{place}/report.json")
    repository = get(client, f"/dashboard/repositories/{site.shop.id}?days=7")

    assert "acme/shop #" in overview
    assert "eves/other" not in overview
    assert "$1.50" in overview
    assert "0% (0 of 1) of the confirmed findings" in overview
    assert f'href="{site.github.url}/acme/shop/pull/' in review
    for word in ("gates", "runs", "Regression test", "too long: 9 MB", "declined in review", "Looked at"):
        assert word in review
    assert report.get_json()["schema"] == "suture.review/v1"
    assert repository.status_code == 200
    assert "<h1>acme/shop</h1>" in repository.get_data(as_text=True)
    assert get(client, "/dashboard/health").status_code == 200


def test_what_is_under_way(client: FlaskClient, site: Site, settings: Settings):
    """A job that runs, with the step that it has behind it; none of others'."""
    running, go_on = threading.Event(), threading.Event()

    def run_job(_job: Job, step: Step) -> None:
        step("collect", lambda: None)
        step("look", lambda: bool(running.set() or go_on.wait(60)))

    inbox = DurableInbox(settings)
    for number, repository in ((3, site.shop), (4, site.other)):
        asked = a_job(repository_id=repository.id, number=number, repository=repository.full_name)
        inbox.submit(asked, f"guid-{number}")
    inbox.close()
    sign_in(client, site)
    waiting = get(client, "/dashboard").text
    with working(settings, run_job):
        assert running.wait(60)
        wait_until(lambda: "the last: collect" in get(client, "/dashboard").text)
        shown = get(client, "/dashboard").text
        go_on.set()

    assert "acme/shop #3" in waiting
    assert ">waits<" in waiting
    assert ">runs<" in shown
    assert "#4" not in shown + waiting


def test_words_of_others_do_nothing(client: FlaskClient, site: Site, settings: Settings):
    """A title of the model is text, its hidden characters are seen, and the page runs no script."""
    place = kept(settings, site.shop)
    sign_in(client, site)

    answer = get(client, place)

    assert "&lt;script&gt;" in answer.text
    assert not re.search("<script|\u202e| style=| on[a-z]+=", answer.text)
    assert "U+202E" in answer.text
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("login", ["eve", "nobody"])
def test_others_see_nothing(client: FlaskClient, site: Site, settings: Settings, login: str):
    """Somebody who cannot see the repository gets the same answer as for what there is not."""
    place = kept(settings, site.shop)
    assert sign_in(client, site, login).status_code == 303

    for address in (place, f"{place}/report.json", f"/dashboard/repositories/{site.shop.id}"):
        answer = get(client, address)
        assert answer.status_code == 404
        assert answer.text.replace(address, "") == get(client, "/dashboard/repositories/1").text
    assert "acme/shop" not in get(client, "/dashboard").text
    assert get(client, "/dashboard/health").status_code == (200 if login == "eve" else 404)


def test_without_a_session_every_page_is_shut(client: FlaskClient, site: Site, settings: Settings):
    """Whatever is asked for, and whatever word is brought."""
    place = kept(settings, site.shop)
    client.set_cookie(
        "__Secure-suture", "x" * 43, domain="suture.example.com", path="/dashboard", secure=True
    )

    for address in ("/dashboard", place, f"{place}/report.json", "/dashboard/health"):
        answer = get(client, address)
        assert answer.status_code == 401
        assert "Sign in with GitHub" in answer.text
        assert "acme" not in answer.text


def test_a_session_ends(client: FlaskClient, site: Site, settings: Settings):
    """By its time, whatever the browser thinks; and the word itself is not kept."""
    answer = sign_in(client, site)
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("__Secure-suture="))
    word = cookie.partition("=")[2].partition(";")[0]
    assert {"Secure", "HttpOnly", "Path=/dashboard", "SameSite=Lax"} <= set(cookie.split("; "))
    with database(settings) as engine, engine.begin() as connection:
        assert word not in str(connection.execute(sa.select(SESSIONS)).all())
        connection.execute(sa.update(SESSIONS).values(ends=0))

    assert get(client, "/dashboard").status_code == 401


def test_signing_out_needs_our_form(client: FlaskClient, site: Site):
    """A form of another site ends nothing; ours ends the session on the server."""
    sign_in(client, site)
    page = get(client, "/dashboard").text
    strange = client.post("/dashboard/sign-out", data={"form": "x"}, base_url=PUBLIC)
    assert strange.status_code == 400
    assert get(client, "/dashboard").status_code == 200
    mine = client.get_cookie("__Secure-suture", "suture.example.com", "/dashboard")

    assert client.post("/dashboard/sign-out", data=inputs(page), base_url=PUBLIC).status_code == 303
    assert mine
    client.set_cookie(
        "__Secure-suture", mine.value, domain="suture.example.com", path="/dashboard", secure=True
    )
    assert get(client, "/dashboard").status_code == 401


def test_a_way_back_that_nobody_began_here(client: FlaskClient, site: Site):
    """Without the browser's cookie, with another state, or a second time, nobody is signed in."""
    stranger = client.application.test_client()
    back = back_from(site, to_github(client))

    assert get(stranger, back).status_code == 400
    changed = re.sub("state=[^&]*", "state=x", back)
    assert get(client, changed).status_code == 400
    assert get(client, back).status_code == 400  # the failed way back used the state up


def test_a_code_works_once(client: FlaskClient, site: Site):
    """With the verifier of another sign-in, or when it is used or old, GitHub's no is shown."""
    address = to_github(client)
    code = parse_qs(urlsplit(back_from(site, address)).query)["code"][0]
    again = back_from(site, to_github(client))
    stolen = re.sub("code=[^&]*", f"code={code}", again)

    answer = get(client, stolen)

    assert answer.status_code == 400
    assert "GitHub does not know the code" in answer.text
    late = back_from(site, to_github(client))
    site.github.clock_offset = timedelta(minutes=11)
    assert "older than ten minutes" in get(client, late).text


def test_somebody_who_says_no(client: FlaskClient, site: Site):
    """Is told so, and is not in."""
    answer = get(client, back_from(site, to_github(client), answer="no"))

    assert answer.status_code == 400
    assert "You did not agree" in answer.text
    assert get(client, "/dashboard").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status", "shown"),
    [
        ("POST", "/login/oauth/access_token", 503, 503),
        ("GET", "/user/installations", 502, 503),
        ("GET", "/user", 401, 502),
    ],
)
def test_github_is_down(client: FlaskClient, site: Site, method: str, path: str, status: int, shown: int):
    """A page that says so, and nobody is in."""
    back = back_from(site, to_github(client))
    site.github.faults.add(method, path, status)

    answer = get(client, back)

    assert answer.status_code == shown
    assert "GitHub" in answer.text
    assert "<h1>That did not work</h1>" in answer.text
    assert get(client, "/dashboard").status_code == 401


def test_a_suspended_installation_keeps_nobody_out(client: FlaskClient, site: Site):
    """What it covers is not seen, the rest is."""
    site.github.seen_by.pop("dana")
    [acme, _] = site.github.installations
    suspend(site.github, acme)
    try:
        assert sign_in(client, site).status_code == 303
        assert get(client, f"/dashboard/repositories/{site.other.id}").status_code == 200
        assert get(client, f"/dashboard/repositories/{site.shop.id}").status_code == 404
    finally:
        suspend(site.github, acme, suspended=False)
        site.github.seen_by["dana"] = frozenset({site.shop.id})


def test_the_database_is_away(settings: Settings):
    """A page that says so, as for every other fault."""
    away = replace(settings, database_url="postgresql://nobody@127.0.0.1:1/none")
    client = create_web(away, DurableInbox(away)).test_client()
    client.set_cookie("__Secure-suture", "x", domain="suture.example.com", path="/dashboard", secure=True)

    answer = get(client, "/dashboard")

    assert answer.status_code == 503
    assert "database does not answer" in answer.text
    assert answer.mimetype == "text/html"


def test_a_wrong_secret_is_the_operators(settings: Settings, site: Site):
    """What to check is said by name; the secret is not."""
    wrong = replace(settings, client_secret=Secret("a wrong one"))
    client = create_web(wrong, DurableInbox(wrong)).test_client()

    answer = get(client, back_from(site, to_github(client)))

    assert answer.status_code == 502
    assert "SUTURE_CLIENT_SECRET" in answer.text
    assert "a wrong one" not in answer.text


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"app_id": "12345"}, "SUTURE_CLIENT_ID"),
        ({"client_secret": None}, "SUTURE_CLIENT_SECRET"),
        ({"public_url": ""}, "SUTURE_PUBLIC_URL"),
    ],
)
def test_what_is_missing_is_named(settings: Settings, changed: dict[str, str | None], name: str):
    """Without one of the three there is a page that says which, and nothing else."""
    lacking = replace(settings, **changed)  # type: ignore[arg-type]
    client = create_web(lacking, DurableInbox(lacking)).test_client()

    assert f"<li><code>{name}</code></li>" in client.get("/dashboard").text
    assert client.get("/dashboard/health").status_code == 404
