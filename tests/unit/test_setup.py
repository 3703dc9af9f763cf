"""Set-up, from the link on the console to stored credentials, and each step that must not be taken."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from bot.credentials.file import FileStore
from bot.demo.github import GitHub
from bot.errors import SettingsError
from bot.settings import Secret, read_settings
from tests.fakes.github import GitHubServer
from tests.fakes.octo import key
from tests.fakes.setting_up import FILLED, HERE, Person, action, inputs
from webhooks.setup.session import LIFE


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHub]:
    with GitHubServer(tmp_path_factory.mktemp("github")) as server:
        server.state.account("acme", "Organization")
        server.state.app_key = key()
        yield server.state


@pytest.fixture
def person(github: GitHub, tmp_path: Path) -> Iterator[Person]:
    yield Person(github, tmp_path / "data")
    github.apps.clear()


def test_from_the_link_to_the_installation_page(person: Person, github: GitHub, tmp_path: Path):
    """One App is made, its credentials are stored for the owner of the file alone, and set-up is shut."""
    back = person.come_back()
    page = person.client.get(back).get_data(as_text=True)

    file = tmp_path / "data" / "credentials.json"
    settings = read_settings({}, json.loads(file.read_text()))
    [app] = github.apps
    assert f'href="{github.url}/apps/acme-s-suture/installations/new"' in page
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == [file.name]
    assert settings.app_id == app.client_id
    assert settings.private_key == Secret(app.private_key)
    assert settings.webhook_secrets == (Secret(app.webhook_secret),)
    assert settings.client_secret == Secret(app.client_secret)
    assert settings.public_url == "https://suture.example.com"
    assert app.name == FILLED["name"]
    assert app.hook_url == "https://suture.example.com/webhooks/github"
    assert app.owner.login == "acme"
    assert person.done == [True]
    for secret in (app.private_key, app.webhook_secret, app.client_secret):
        assert secret not in page


def test_a_personal_app(person: Person, github: GitHub):
    """It belongs to whoever is signed in at GitHub."""
    person.open()
    confirm = person.fill_in(owner="personal", organization="").get_data(as_text=True)

    person.client.get(person.create_on_github(confirm))

    assert [one.owner.login for one in github.apps] == ["dana"]


def test_the_manifest_cannot_break_out_of_the_form(person: Person):
    """Whatever the name holds, the page has one form to GitHub with one manifest, which is what was asked."""
    person.open()
    name = "'\"></form><script>x()</script>"
    page = person.fill_in(name=name).get_data(as_text=True)

    assert "<script" not in page
    assert page.count("<form") == 1
    assert json.loads(inputs(page)["manifest"])["name"] == name


def test_the_link_is_used_up_by_its_first_use(person: Person):
    """A second browser with the same link is told so, and the token is not in the address afterwards."""
    first = person.open()
    other = person.client.application.test_client().get(f"/setup?token={person.session.token}")

    assert first.status_code == 303
    assert first.headers["Location"] == "/setup"
    cookie = first.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert person.session.token not in cookie
    assert other.status_code == 403
    assert "used before" in other.get_data(as_text=True)
    assert "Set-Cookie" not in other.headers


@pytest.mark.parametrize("query", ["", "?token=", "?token=guess", "?token=%C3%A9"])
def test_without_the_token_nothing_opens(person: Person, query: str):
    """No page of set-up for who does not know the token, before or after it was used."""
    for _ in range(2):
        stranger = person.client.application.test_client()
        assert stranger.get(f"/setup{query}").status_code == 403
        assert stranger.post("/setup", data=FILLED).status_code == 403
        assert stranger.get("/setup/created?code=c&state=s").status_code == 403
        assert stranger.post("/setup/store").status_code == 403
        person.open()


def test_link_and_session_end(person: Person):
    """An hour after the start the link is dead; so is the browser's session an hour after it was opened."""
    person.now = LIFE
    assert "older than an hour" in person.open().get_data(as_text=True)
    person.now = LIFE - 1
    assert person.open().status_code == 303
    person.now = 2 * LIFE - 2
    assert person.client.get("/setup").status_code == 200
    person.now = 2 * LIFE - 1
    assert person.client.get("/setup").status_code == 403


def test_another_sites_form_is_refused(person: Person):
    """A form without the word that our own page holds plans nothing, though the cookie comes with it."""
    person.open()

    assert person.client.post("/setup", data=FILLED).status_code == 403
    assert person.client.post("/setup", data={**FILLED, "form": "guess"}).status_code == 403
    assert person.client.post("/setup/store", data={"form": "guess"}).status_code == 403


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"owner": ""}, "Choose who owns"),
        ({"organization": ""}, "Enter the organization"),
        ({"organization": "../acme"}, "Enter the organization"),
        ({"name": "x" * 35}, "at most 34"),
        ({"name": ""}, "at most 34"),
        ({"public_url": "suture.example.com"}, "scheme and host"),
        ({"public_url": "https://a@suture.example.com"}, "scheme and host"),
        ({"public_url": "https://suture.example.com/path"}, "scheme and host"),
        ({"public_url": "javascript:alert(1)"}, "scheme and host"),
        ({"public_url": "https://[::1"}, "no address"),
    ],
)
def test_what_the_form_does_not_take(person: Person, changed: dict[str, str], said: str):
    """What is wrong stands beside its field, and what was filled in is still there."""
    person.open()
    answer = person.fill_in(**changed)
    page = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert said in page
    assert page.count('aria-invalid="true"') == (0 if "owner" in changed and len(changed) == 1 else 1)
    assert {**FILLED, **changed}["name"] == inputs(page)["name"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://localhost:8080", "GitHub refuses it"),
        ("https://127.0.0.1", "GitHub refuses it"),
        ("https://10.0.0.5", "internal network"),
        ("https://suture", "internal network"),
        ("http://suture.example.com", "Use https"),
    ],
)
def test_doubts_about_the_address(person: Person, address: str, said: str):
    """An address that GitHub may not reach is doubted before the App is made."""
    person.open()
    page = person.fill_in(public_url=address).get_data(as_text=True)

    assert said in page
    assert "note warn" not in person.fill_in().get_data(as_text=True)


def test_changing_something(person: Person):
    """Who goes back from what is to be created finds the form as it was."""
    person.open()
    person.fill_in(organization="acme", name="Mine")
    page = person.client.get("/setup").get_data(as_text=True)

    assert {"organization": "acme", "name": "Mine"}.items() <= inputs(page).items()


def test_the_settings_address_is_not_asked_for(github: GitHub, tmp_path: Path):
    """With SUTURE_PUBLIC_URL the form's field has no say."""
    person = Person(github, tmp_path, public_url="https://set.example.com")
    person.open()
    page = person.fill_in(public_url="https://other.example.com").get_data(as_text=True)

    hook = json.loads(inputs(page)["manifest"])["hook_attributes"]
    assert hook["url"] == "https://set.example.com/webhooks/github"


def test_only_the_configured_github_is_asked(person: Person, github: GitHub):
    """Nothing that a person enters chooses the server that the code is sent to, or the form goes to."""
    person.open()
    sent = {"github": "https://evil.example", "api_url": "https://evil.example", "Host": "evil.example"}
    answer = person.fill_in(**sent)

    assert action(answer.get_data(as_text=True)).startswith(f"{github.url}/organizations/acme/settings/")
    assert answer.headers["Content-Security-Policy"].endswith(f"form-action 'self' {github.url}")


@pytest.mark.parametrize("query", ["code=stolen&state=guess", "code=stolen", "state=", ""])
def test_a_wrong_state_takes_nothing_over(person: Person, github: GitHub, query: str):
    """A way back that this set-up did not begin is shut, and GitHub is not asked."""
    person.come_back()
    before = len(github.journal.entries)
    answer = person.client.get(f"/setup/created?{query}")

    assert answer.status_code == 403
    assert "Nothing was taken over" in answer.get_data(as_text=True)
    assert len(github.journal.entries) == before
    assert not person.done


def test_the_way_back_in_another_browser(person: Person):
    """The state alone, without the cookie, takes nothing over."""
    back = person.come_back()

    assert person.client.application.test_client().get(back).status_code == 403
    assert person.client.get(back).status_code == 200


def test_a_code_that_is_used_up(person: Person, github: GitHub):
    """Where the first exchange took effect but its answer was lost, the page says what is left to do."""
    back = person.come_back()
    github.faults.add("POST", r"/app-manifests/.*", 502, took_effect=True)
    assert person.client.get(back).status_code == 502
    answer = person.client.get(back)

    assert answer.status_code == 410
    assert "used before" in answer.get_data(as_text=True)
    assert "Start over" in answer.get_data(as_text=True)
    assert person.store.read() == {}
    person.client.get(person.create_on_github(person.fill_in(name="Second").get_data(as_text=True)))
    assert person.done == [True]


def test_a_code_that_is_too_old(person: Person, github: GitHub):
    """GitHub forgets it after an hour; set-up says what to do."""
    back = person.come_back()
    github.clock_offset += timedelta(hours=1)
    answer = person.client.get(back)
    github.clock_offset -= timedelta(hours=1)

    assert answer.status_code == 410
    assert person.store.read() == {}


@pytest.mark.parametrize("status", [500, 502, 403, 429])
def test_github_is_down(person: Person, github: GitHub, status: int):
    """A passing fault loses nothing: the same address, tried again, ends well."""
    back = person.come_back()
    before = len(github.journal.entries)
    github.faults.add("POST", r"/app-manifests/.*", status)
    answer = person.client.get(back)
    page = answer.get_data(as_text=True)

    assert answer.status_code == 502
    assert "Try again" in page
    assert back.replace("&", "&amp;") in page
    assert person.store.read() == {}
    assert sum("/conversions" in one.path for one in github.journal.entries[before:]) == 1
    assert person.client.get(back).status_code == 200
    assert person.done == [True]


def test_the_page_loaded_again(person: Person, github: GitHub):
    """Who loads the last page again sees the same App; nothing is made or stored twice."""
    back = person.come_back()
    pages = [person.client.get(back).get_data(as_text=True) for _ in range(2)]

    assert pages[0] == pages[1]
    assert len(github.apps) == 1
    assert person.done == [True]


class _Full(FileStore):
    """A disk that is full until somebody makes room."""

    is_full = True

    def write(self, variables: Mapping[str, str]) -> None:
        if self.is_full:
            raise SettingsError("No space left on device.")
        super().write(variables)


def test_credentials_that_cannot_be_stored(github: GitHub, tmp_path: Path):
    """What GitHub gives once is kept until it can be stored, and shown on no page."""
    store = _Full(tmp_path)
    person = Person(github, tmp_path, store)
    answer = person.client.get(person.come_back())
    page = answer.get_data(as_text=True)
    secret = github.apps[-1].webhook_secret

    assert answer.status_code == 500
    assert "No space left" in page
    assert secret not in page
    store.is_full = False
    again = person.client.post(action(page), data=inputs(page))
    github.apps.clear()
    assert again.status_code == 200
    assert store.read()["SUTURE_WEBHOOK_SECRET"] == secret
    assert person.done == [True]


def test_headers_of_every_page(person: Person):
    """No script, no frame, no copy in a cache, no address told to another site."""
    shut = person.client.get("/setup")
    person.open()
    for answer in (shut, person.client.get("/setup"), person.fill_in()):
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'")
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_a_server_without_an_app_is_not_ready(person: Person):
    """It lives, takes no delivery, and says where to go on."""
    assert person.client.get("/healthz").status_code == 200
    ready = person.client.get("/readyz")
    delivery = person.client.post("/webhooks/github", data=b"{}")

    assert [ready.status_code, delivery.status_code] == [503, 503]
    assert person.session.token not in ready.get_data(as_text=True)
    assert HERE not in ready.get_data(as_text=True)
