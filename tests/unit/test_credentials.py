"""Where credentials are stored: read back as settings, never mixed, never replaced, for nobody else."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot.credentials import STORED, Store, open_store, with_stored
from bot.credentials.file import FileStore
from bot.errors import SettingsError
from bot.settings import PUBLIC_API, Secret, Settings, read_settings
from tests.fakes.kubernetes_secrets import SECRET, FakeSecrets, serving_secrets

APP = {
    "SUTURE_CLIENT_ID": "Iv23stored",
    "SUTURE_CLIENT_SECRET": "client",
    "SUTURE_PRIVATE_KEY": "-----BEGIN\nKEY\n",
    "SUTURE_WEBHOOK_SECRET": "hook",
    "SUTURE_GITHUB_API_URL": PUBLIC_API,
    "SUTURE_PUBLIC_URL": "https://suture.example.com",
}


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A cluster's API server that KUBECONFIG names."""
    with serving_secrets(tmp_path / "config") as fake:
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
        yield fake


@pytest.fixture(params=["file", "kubernetes"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "file":
        return FileStore(tmp_path / "deep" / "data")
    request.getfixturevalue("cluster")
    return open_store(Settings(credentials="kubernetes:suture/app"))


def test_what_is_written_is_read(store: Store):
    """A store that was empty holds exactly what was written."""
    store.check()
    assert store.read() == {}

    store.write(APP)

    assert store.read() == APP


def test_nothing_is_replaced(store: Store):
    """Two servers that set up at once, or one that is set up again, cannot lose an App's credentials."""
    store.write(APP)

    for attempt in (store.check, lambda: store.write({"SUTURE_CLIENT_ID": "other"})):
        with pytest.raises(SettingsError, match=r"already|Empty it"):
            attempt()
    assert store.read() == APP


def test_the_file_is_for_its_owner_alone(tmp_path: Path):
    """Whatever the umask, and nothing is left beside it."""
    before = os.umask(0)
    try:
        FileStore(tmp_path).write(APP)
    finally:
        os.umask(before)

    [file] = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_written(tmp_path: Path):
    """It is said before an App is made."""
    (tmp_path / "data").write_text("a file, no folder")

    with pytest.raises(SettingsError, match="SUTURE_DATA"):
        FileStore(tmp_path / "data").check()


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"SUTURE_CLIENT_ID": 5}'])
def test_a_broken_file_is_an_error(tmp_path: Path, text: str):
    """It is never taken for "no App yet", which would open set-up again."""
    (tmp_path / "credentials.json").write_text(text)

    with pytest.raises(SettingsError, match=r"credentials\.json"):
        with_stored(Settings(data=tmp_path), {})


@pytest.mark.parametrize(
    ("kind", "said"), [("vault", "has to be"), ("kubernetes:x", "has to be"), ("file:x", "has to be")]
)
def test_an_unknown_store(kind: str, said: str):
    """Said with what it can be."""
    with pytest.raises(SettingsError, match=said):
        open_store(Settings(credentials=kind))


def test_stored_credentials_are_settings(tmp_path: Path):
    """They fill what the environment leaves open; nothing but credentials is taken from the store."""
    FileStore(tmp_path).write({**APP, "SUTURE_SANDBOX": "none", "PATH": "/evil"})
    env = {"SUTURE_DATA": str(tmp_path), "SUTURE_PUBLIC_URL": "https://env.example.com"}

    settings = with_stored(read_settings(env), env)

    assert settings.app_id == "Iv23stored"
    assert settings.private_key == Secret(APP["SUTURE_PRIVATE_KEY"])
    assert settings.webhook_secrets == (Secret("hook"),)
    assert settings.client_secret == Secret("client")
    assert settings.public_url == "https://env.example.com"
    assert settings.sandbox == "local"
    assert set(APP) == set(STORED)


@pytest.mark.parametrize("name", ["SUTURE_APP_ID", "SUTURE_PRIVATE_KEY", "SUTURE_WEBHOOK_SECRET"])
def test_parts_of_two_apps_never_mix(name: str):
    """An environment that names a part of an App is not filled up from the store."""
    assert not read_settings({name: "set"}).has_no_app
    assert read_settings({}).has_no_app


def test_an_app_of_another_github(tmp_path: Path):
    """Credentials made on one GitHub are not sent to another."""
    FileStore(tmp_path).write({**APP, "SUTURE_GITHUB_API_URL": "https://ghe.example.com/api/v3"})
    env = {"SUTURE_DATA": str(tmp_path)}

    assert with_stored(read_settings(env), env).github_api_url == "https://ghe.example.com/api/v3"
    env["SUTURE_GITHUB_API_URL"] = PUBLIC_API
    with pytest.raises(SettingsError, match="SUTURE_GITHUB_API_URL"):
        with_stored(read_settings(env), env)


def test_an_empty_secret_is_filled(cluster: FakeSecrets):
    """One that a chart made beforehand, with its labels, is used."""
    cluster.secrets[SECRET] = {"metadata": {"name": "app", "namespace": "suture", "labels": {"a": "b"}}}
    store = open_store(Settings(credentials="kubernetes:suture/app"))

    store.check()
    store.write(APP)

    assert store.read() == APP
    assert cluster.secrets[SECRET]["metadata"]["labels"] == {"a": "b"}


def test_no_right_to_the_secret(cluster: FakeSecrets):
    """Said with the verbs that the service needs, before an App is made."""
    cluster.refuse = 403
    store = open_store(Settings(credentials="kubernetes:suture/app"))

    for attempt in (store.check, store.read):
        with pytest.raises(SettingsError, match="needs get, create and update"):
            attempt()


def test_no_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Without a way to one, the store says what is missing."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))

    with pytest.raises(SettingsError, match="KUBECONFIG"):
        open_store(Settings(credentials="kubernetes:suture/app")).read()


def test_a_secret_of_something_else(cluster: FakeSecrets):
    """What is no text is an error, not an App."""
    cluster.secrets[SECRET] = {"metadata": {"name": "app"}, "data": {"SUTURE_CLIENT_ID": "/w=="}}

    with pytest.raises(SettingsError, match="no text"):
        open_store(Settings(credentials="kubernetes:suture/app")).read()


def test_as_the_files_that_deployments_read(tmp_path: Path):
    """Each for its owner alone; what is there is never replaced."""
    FileStore(tmp_path / "data").write(APP)
    env = {"PATH": os.environ["PATH"], "SUTURE_DATA": str(tmp_path / "data")}
    argv = [sys.executable, "-m", "bot", "credentials", str(tmp_path / "secrets")]
    first, second = (
        subprocess.run(argv, env=env, capture_output=True, text=True, check=False) for _ in range(2)
    )
    files = {one.name: one for one in (tmp_path / "secrets").iterdir()}

    assert (first.returncode, first.stdout) == (0, "SUTURE_CLIENT_ID=Iv23stored\n")
    assert {name: one.read_text() for name, one in files.items()} == {
        "private-key.pem": APP["SUTURE_PRIVATE_KEY"],
        "webhook-secret": "hook",
        "client-secret": "client",
    }
    assert {stat.S_IMODE(one.stat().st_mode) for one in files.values()} == {0o600}
    assert second.returncode == 2
    assert "nothing was written" in second.stderr
