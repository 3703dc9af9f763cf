"""`suture doctor` on one thing broken at a time: it is found, told once, and told what to do."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from bot.demo.github import GitHub, Server, create_app
from bot.demo.github.records import App, Installation
from bot.demo.github.scene import new_key
from bot.doctor import GROUPS, Level, Line, examine, find_checks
from bot.doctor.checks import database, disk
from bot.doctor.report import blot, conclusion, document, secrets_of
from bot.doctor.site import Site
from bot.forge.registration import EVENTS, PERMISSIONS
from bot.jobs.engine import migrate
from bot.settings import Secret, Settings
from tests.fakes.github import GitHubServer
from tests.fakes.octo import key

PUBLIC = "https://suture.example.com"
SECRET = "a webhook secret of the doctor's tests"
SCHEMA = Path(__file__).parents[2] / "bot" / "doctor" / "schema" / "suture.doctor.v1.json"
KEY = key()


class Case:
    """A server that is well, until a test breaks something."""

    def __init__(self, github: GitHub, folder: Path) -> None:
        self.github = github
        self.now = time.time
        self.app: App = create_app(
            github,
            hook_url=f"{PUBLIC}/webhooks/github",
            webhook_secret=SECRET,
            permissions={name: level for name, (level, _) in PERMISSIONS.items()},
            events=EVENTS,
            private_key=KEY,
        )
        github.hooks.attempts.clear()
        account = github.account("acme", "Organization")
        self.installation = Installation(
            github.next_id(), self.app, account, dict(self.app.permissions), github.now()
        )
        github.installations.append(self.installation)
        self.delivered(202)
        self.settings = Settings(
            app_id=self.app.client_id,
            private_key=Secret(self.app.private_key),
            webhook_secrets=(Secret(SECRET),),
            github_api_url=github.api,
            public_url=PUBLIC,
            data=folder / "data",
            cache=folder / "cache",
            reviewer="rules",
        )

    def change(self, **changed: Any) -> None:
        self.settings = replace(self.settings, **changed)

    def delivered(self, *statuses: int) -> None:
        """Deliveries that GitHub tried, the last one the latest."""
        for status in statuses:
            told = self.github.hooks.emit(replace_hook(self.app), "ping", {}, self.installation.id)
            told.app = self.app
            self.github.hooks.note(told, status)

    def told(self, check: str) -> list[Line]:
        """What that check says; the sandbox and such are left out unless asked for."""
        site = Site(self.settings, (), self.now)
        return lines_of(site, {check})


def replace_hook(app: App) -> App:
    """The App without a place to deliver to: nothing is sent."""
    return replace(app, hook_url="")


def lines_of(site: Site, wanted: set[str]) -> list[Line]:
    """The lines of these checks."""
    checks = dict(find_checks())
    return [Line(name, checks[name].GROUP, result) for name in wanted for result in checks[name].look(site)]


def only(lines: list[Line], level: Level) -> str:
    """The one line's words, which is of this level and says what to do."""
    [line] = lines
    assert line.result.level is level, line
    assert line.result.fix or level in {Level.OK, Level.SKIPPED}
    return f"{line.result.what} {line.result.fix}"


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHub]:
    with GitHubServer(tmp_path_factory.mktemp("github")) as server:
        yield server.state


@pytest.fixture
def case(github: GitHub, tmp_path: Path) -> Iterator[Case]:
    yield Case(github, tmp_path)
    github.apps.clear()
    github.installations.clear()
    github.walled.clear()
    github.enterprise_version = ""
    github.rate_limit = 5000


def test_all_is_well(case: Case):
    """Nothing is wrong with a server that is set up as it should be, and everything was looked at."""
    migrate(case.settings)
    lines = [one for one in examine(Site(case.settings)) if one.group != "model"]

    bad = [one for one in lines if one.result.level is not Level.OK]
    assert [one for one in bad if one.check not in {"sandbox", "disk"}] == []
    assert {one.check for one in lines} == {name for name, found in find_checks() if found.GROUP != "model"}


def test_each_fault_is_told_once(case: Case):
    """With another App's key, the checks that ask GitHub as the App are skipped and say nothing wrong."""
    case.change(private_key=Secret(new_key()), sandbox="docker")
    lines = list(examine(Site(case.settings)))

    assert [one.check for one in lines if one.result.level is Level.PROBLEM] == ["app", "sandbox"]
    assert "SUTURE_SANDBOX" in next(one.result.what for one in lines if one.check == "sandbox")
    skipped = {one.check for one in lines if one.group == "github" and one.result.level is Level.SKIPPED}
    assert skipped == {
        "access",
        "deliveries",
        "events",
        "installations",
        "permissions",
        "rate_limit",
        "webhook",
    }


def test_without_any_credential(tmp_path: Path, github: GitHub):
    """It runs, and says what is missing and how to have it."""
    case = Settings(data=tmp_path, github_api_url=github.api, reviewer="rules")
    lines = lines_of(Site(case), {"credentials", "private_key", "webhook_secret", "app", "permissions"})

    assert [one.check for one in lines if one.result.level is Level.PROBLEM] == ["credentials"]
    assert "suture serve" in next(one.result.fix for one in lines if one.check == "credentials")


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"app_id": ""}, "SUTURE_CLIENT_ID"),
        ({"private_key": None}, "SUTURE_PRIVATE_KEY_PATH"),
        ({"webhook_secrets": ()}, "SUTURE_WEBHOOK_SECRET"),
    ],
)
def test_half_an_app(case: Case, changed: dict[str, Any], name: str):
    """What is missing is named."""
    case.change(**changed)

    assert name in only(case.told("credentials"), Level.PROBLEM)


def test_others_may_read_the_stored_credentials(case: Case):
    """The file's mode is looked at."""
    case.settings.data.mkdir()
    file = case.settings.data / "credentials.json"
    file.write_text("{}")
    file.chmod(0o640)
    assert "chmod 600" in case.told("credentials")[-1].result.fix
    file.chmod(0o600)
    assert only(case.told("credentials"), Level.OK)


def pem(made: Any, password: bytes = b"") -> str:
    hidden = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return str(
        made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden).decode()
    )


SMALL = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - refused below


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/etc/suture/app.pem", "SUTURE_PRIVATE_KEY_PATH"),
        ("c2VjcmV0", "not in PEM form"),
        (KEY[: len(KEY) // 2], "damaged"),
        (pem(SMALL, b"password"), "locked with a password"),
        (pem(SMALL), "1024 bits"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "not an RSA key"),
        ("-----BEGIN PUBLIC KEY-----\nMA==\n-----END PUBLIC KEY-----\n", "public key"),
        ("-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n", "certificate"),
    ],
)
def test_a_key_of_another_form(case: Case, text: str, said: str):
    """It is told what it is, and never shown."""
    case.change(private_key=Secret(text))
    told = only(case.told("private_key"), Level.PROBLEM)

    assert said in told
    assert text not in told


@pytest.mark.parametrize(
    ("secrets", "said"),
    [
        ((SECRET + "\n",), "line's end"),
        (("short",), "guessed"),
        ((SECRET, "the one before, long enough"), "PREVIOUS is still accepted"),
        ((SECRET, SECRET), "PREVIOUS is the same"),
    ],
)
def test_doubts_about_the_secret(case: Case, secrets: tuple[str, ...], said: str):
    """What is odd about it is told, and it is never shown."""
    case.change(webhook_secrets=tuple(map(Secret, secrets)))
    told = only(case.told("webhook_secret"), Level.WARNING)

    assert said in told
    assert not any(one in told for one in secrets)


@pytest.mark.parametrize(
    ("url", "level", "said"),
    [
        ("", Level.WARNING, "SUTURE_PUBLIC_URL is not set"),
        ("suture.example.com", Level.PROBLEM, "scheme and host"),
        ("https://localhost", Level.WARNING, "GitHub refuses it"),
        ("http://suture.example.com", Level.WARNING, "Use https"),
    ],
)
def test_the_public_address(case: Case, url: str, level: Level, said: str):
    """An address that GitHub cannot use is doubted."""
    case.change(public_url=url)

    assert said in only(case.told("public_url"), level)


def test_nobody_at_the_api(case: Case):
    """A name that leads nowhere."""
    case.change(github_api_url="http://127.0.0.1:9/api/v3")

    assert "does not answer" in only(case.told("api"), Level.PROBLEM)
    assert only(case.told("app"), Level.SKIPPED)
    assert only(case.told("clock"), Level.SKIPPED)


@pytest.mark.parametrize("path", ["", "/api", "/nowhere"])
def test_an_address_that_is_not_the_api(case: Case, tmp_path: Path, path: str):
    """The web page instead of the API, or something that does not exist."""
    with Server(GitHub(tmp_path)) as other:  # which need not hold such calls against anybody
        case.change(github_api_url=other.url + path)
        told = only(case.told("api"), Level.PROBLEM)

    assert "SUTURE_GITHUB_API_URL" in told


def test_html_instead_of_json(case: Case):
    """A proxy's sign-in page answers with 200."""
    case.github.faults.add("GET", "/meta", 200, answer=b"<html>sign in</html>")

    assert "not GitHub's API" in only(case.told("api"), Level.PROBLEM)


def test_an_address_that_leads_on(case: Case):
    """Nothing secret follows a redirection."""
    where = {"Location": "https://elsewhere.example/"}
    case.github.faults.add("GET", "/meta", 301, headers=where)

    assert "leads to https://elsewhere.example/" in only(case.told("api"), Level.PROBLEM)


def test_an_old_enterprise_server(case: Case):
    """Before 3.14 it knows an App by its number alone."""
    case.github.enterprise_version = "3.13.2"
    assert "SUTURE_APP_ID" in only(case.told("api"), Level.PROBLEM)
    case.change(app_id=str(case.app.id))
    assert "3.13.2" in only(case.told("api"), Level.OK)


@pytest.mark.parametrize(
    ("off", "level"), [(0, Level.OK), (30, Level.WARNING), (90, Level.PROBLEM), (-900, Level.PROBLEM)]
)
def test_the_clock(case: Case, off: int, level: Level):
    """Compared with GitHub's Date; told when GitHub would refuse the signature for it."""
    case.now = lambda: time.time() + off
    told = only(case.told("clock"), level)

    assert ("ahead" in told) == (off > 0)
    refused = case.told("app")[0].result.level is Level.PROBLEM
    assert refused == (level is Level.PROBLEM)


def test_the_key_of_another_app(case: Case):
    """GitHub's 401 is explained."""
    case.change(private_key=Secret(new_key()))

    assert "another App's" in only(case.told("app"), Level.PROBLEM)


def test_an_unknown_app_id(case: Case):
    """GitHub's 404 is explained."""
    case.change(app_id="Iv23other")

    assert "knows no App Iv23other" in only(case.told("app"), Level.PROBLEM)


@pytest.mark.parametrize("name", [name for name in PERMISSIONS if name != "metadata"])
def test_a_missing_permission(case: Case, name: str):
    """Each that is needed is missed, with what it is for."""
    del case.app.permissions[name]
    told = only(case.told("permissions"), Level.PROBLEM)

    assert f"lacks {name}" in told
    assert PERMISSIONS[name][1] in told


def test_a_permission_too_low_and_one_too_many(case: Case):
    """Read where write is needed is a problem; more than needed is a warning; what is optional is neither."""
    case.app.permissions |= {"checks": "read", "administration": "write", "security_events": "write"}
    told = {line.result.level: line.result.what for line in case.told("permissions")}

    assert "checks: write" in told[Level.PROBLEM]
    assert told[Level.WARNING].endswith("administration: write.")


def test_an_app_that_may_only_read_contents(case: Case):
    """It works with less, and that is what is said."""
    case.app.permissions["contents"] = "read"

    assert "patches in comments" in only(case.told("permissions"), Level.WARNING)


def test_an_optional_event(case: Case):
    """It is missed only where its permission was granted."""
    assert only(case.told("events"), Level.OK)
    case.app.permissions["merge_queues"] = "read"
    assert "subscribed to merge_group." in only(case.told("events"), Level.WARNING)
    case.app.events += ("merge_group",)
    assert only(case.told("events"), Level.OK)


@pytest.mark.parametrize("name", EVENTS)
def test_a_missing_event(case: Case, name: str):
    """Each that is waited for is missed."""
    case.app.events = tuple(one for one in EVENTS if one != name)

    assert f"subscribed to {name}," in only(case.told("events"), Level.PROBLEM)


@pytest.mark.parametrize(
    ("changed", "level", "said"),
    [
        ({"hook_url": ""}, Level.PROBLEM, "no webhook"),
        ({"hook_url": "https://other.example.com/webhooks/github"}, Level.PROBLEM, "but this server is"),
        ({"hook_content_type": "form"}, Level.PROBLEM, "application/json"),
        ({"webhook_secret": ""}, Level.PROBLEM, "no secret"),
        ({"hook_insecure_ssl": "1"}, Level.WARNING, "certificate"),
    ],
)
def test_the_webhook_at_github(case: Case, changed: dict[str, str], level: Level, said: str):
    """Its address, form, secret and certificate."""
    for name, value in changed.items():
        setattr(case.app, name, value)

    assert said in only(case.told("webhook"), level)


def test_the_webhook_without_a_public_address(case: Case):
    """Its path at least is known."""
    case.change(public_url="")
    assert only(case.told("webhook"), Level.OK)
    case.app.hook_url = "https://suture.example.com/hooks"
    assert "taken at /webhooks/github" in only(case.told("webhook"), Level.PROBLEM)


@pytest.mark.parametrize(
    ("statuses", "level", "said"),
    [
        ((202, 403), Level.PROBLEM, "SUTURE_WEBHOOK_SECRET to the same value"),
        ((403, 202), Level.WARNING, "1 of the latest deliveries failed"),
        ((202, 0), Level.PROBLEM, "GitHub cannot connect"),
        ((202, 404), Level.PROBLEM, "not this server's"),
        ((202, 415), Level.PROBLEM, "content type"),
        ((202, 503), Level.PROBLEM, "/readyz"),
        ((202, 500), Level.PROBLEM, "Recent deliveries"),
    ],
)
def test_deliveries_that_fail(case: Case, statuses: tuple[int, ...], level: Level, said: str):
    """The latest decides; a wrong secret shows in nothing else."""
    case.delivered(*statuses)

    assert said in only(case.told("deliveries"), level)


def test_no_deliveries(case: Case):
    """Nothing at all is a hint, no more."""
    case.github.hooks.attempts.clear()

    assert "delivered nothing" in only(case.told("deliveries"), Level.WARNING)


def test_installed_nowhere(case: Case):
    """With the link to install it."""
    case.github.installations.clear()

    assert "/installations/new" in only(case.told("installations"), Level.WARNING)
    assert only(case.told("access"), Level.SKIPPED)


def test_installations_that_cannot_work(case: Case):
    """Suspended, permissions not accepted, or not on the list of allowed accounts."""
    case.installation.permissions["contents"] = "read"
    assert "not accepted" in only(case.told("installations"), Level.WARNING)
    case.installation.suspended_at = case.github.now()
    assert "suspended" in only(case.told("installations"), Level.WARNING)
    case.installation.suspended_at = None
    case.installation.permissions = dict(case.app.permissions)
    case.change(allowed_accounts=("other",))
    assert "SUTURE_ALLOWED_ACCOUNTS" in only(case.told("installations"), Level.WARNING)


def test_a_list_of_allowed_addresses(case: Case):
    """An organization's IP allow list that keeps this machine out is told as such."""
    assert only(case.told("access"), Level.OK)
    case.github.walled.add("acme")
    told = only(case.told("access"), Level.PROBLEM)

    assert "acme lets only certain addresses in" in told
    assert "IP allow list" in told


def test_few_calls_left(case: Case):
    """An hour's calls that are nearly used up."""
    assert only(case.told("rate_limit"), Level.OK)
    case.github.rate_limit = 1
    site = Site(case.settings)
    list(lines_of(site, {"access"}))

    assert "0 of 1 calls left" in only(lines_of(site, {"rate_limit"}), Level.WARNING)


def test_an_organizations_words_do_not_reach_the_terminal(case: Case):
    """What GitHub tells is printed on one line, without signs that a terminal obeys."""
    case.github.faults.add("GET", "/app", 500, answer={"message": "evil\x1b[31m\nnews\x07"})
    told = only(case.told("app"), Level.WARNING)

    assert told.isprintable()


def test_the_database(case: Case, tmp_path: Path):
    """Not there yet, there, of another version, damaged."""
    assert "no database yet" in only(case.told("database"), Level.OK)
    assert not case.settings.data.exists()
    migrate(case.settings)
    assert "has its tables" in only(case.told("database"), Level.OK)
    engine = sa.create_engine(case.settings.database)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE suture_delivery DROP COLUMN received"))
        connection.execute(sa.text("DROP TABLE suture_stop"))
    engine.dispose()
    told = {line.result.level: line.result.what for line in case.told("database")}
    assert "suture_delivery.received" in told[Level.PROBLEM]
    assert "lacks 1 tables" in told[Level.WARNING]
    (tmp_path / "broken").write_bytes(b"no database" * 100)
    case.change(database_url=f"sqlite:///{tmp_path}/broken")
    assert "SQLite does not answer" in only(case.told("database"), Level.PROBLEM)


def test_a_database_server_that_is_not_there(case: Case):
    """Postgres that nobody runs; its password is not shown."""
    case.change(database_url="postgresql://suture:hidden-word@127.0.0.1:9/suture")
    told = only(case.told("database"), Level.PROBLEM)

    assert "Postgres does not answer" in told
    assert "hidden-word" not in told


def test_a_database_on_a_networks_file_system(tmp_path: Path):
    """The longest mount point above the file decides."""
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\n")

    assert database.network_filesystem(tmp_path / "deep" / "suture.sqlite", mounts) == "nfs4"
    assert database.network_filesystem(Path("/var/suture.sqlite"), mounts) == ""


def test_folders(case: Case, tmp_path: Path):
    """One that is a file, and a disk without room."""
    (tmp_path / "file").write_text("")
    case.change(data=tmp_path / "file" / "data")
    told = [line for line in case.told("disk") if line.result.level is Level.PROBLEM]

    assert "SUTURE_DATA" in told[0].result.fix
    assert disk.told_of(0, tmp_path, "SUTURE_DATA").level is Level.PROBLEM
    assert disk.told_of(disk.GIB, tmp_path, "SUTURE_DATA").level is Level.WARNING
    assert disk.told_of(disk.GIB * 99, tmp_path, "SUTURE_DATA").level is Level.OK


def test_git(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """None, and one that is too old."""
    assert only(case.told("programs"), Level.OK)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "apt-get install git" in only(case.told("programs"), Level.PROBLEM)
    old = tmp_path / "git"
    old.write_text("#!/bin/sh\necho git version 2.17.1\n")
    old.chmod(0o755)
    assert "2.17.1 is too old" in only(case.told("programs"), Level.PROBLEM)


def test_the_sandbox(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """One that cannot be had is a problem with its own remedy."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert "apt-get install bubblewrap" in only(case.told("sandbox"), Level.PROBLEM)


def test_misspelt_variables(case: Case):
    """Named, with what may have been meant."""
    site = Site(case.settings, ("SUTURE_WEBHOOK_SECERT", "SUTURE_COLOUR", "SUTURE_PORT", "HOME"))
    told = [line.result for line in lines_of(site, {"variables"})]

    assert [one.level for one in told] == [Level.WARNING] * 2
    assert told[0].fix == "Did you mean SUTURE_WEBHOOK_SECRET?"


def test_an_answer_that_nobody_foresaw(case: Case):
    """A check that breaks off says so; the others go on."""
    case.github.faults.add("GET", "/app/installations", 200, answer=b'[{"account": {"login": "acme"}}]')
    case.change(sandbox="docker")
    lines = list(examine(Site(case.settings)))

    broke = [one for one in lines if one.result.level is Level.FAILED]
    assert [one.check for one in broke] == ["access", "rate_limit"]
    assert conclusion(broke) is Level.FAILED
    assert lines[-1].group == "model"


def test_the_document(case: Case):
    """JSON by its schema, and no secret in it even where a message held one."""
    case.change(inherited={"ANTHROPIC_API_KEY": "sk-of-the-tests"})
    site = Site(case.settings)
    lines = lines_of(site, {"app", "deliveries", "private_key"})
    secrets = secrets_of(case.settings)
    text = document(lines, secrets)

    jsonschema.validate(json.loads(text), json.loads(SCHEMA.read_text()))
    assert {SECRET, case.app.private_key, "sk-of-the-tests"} <= set(secrets)
    assert blot(f"it is {SECRET}!", secrets) == "it is …!"
    assert not [one for one in secrets if one in text]


def test_every_check_has_a_group_and_a_place_of_its_own():
    """So that the order in which they are told is settled."""
    places = [(found.GROUP, found.PLACE) for _, found in find_checks()]

    assert len(set(places)) == len(places)
    assert {group for group, _ in places} == set(GROUPS)
