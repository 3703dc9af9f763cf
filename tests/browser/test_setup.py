"""Set-up in a real browser: from the link on the console to the installation page, and to work."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page

from bot.demo.github import GitHub
from bot.demo.server import free_port
from tests.browser.chromium import chromium, chromium_program
from tests.fakes.deliveries import headers, pull_request
from tests.fakes.github import GitHubServer
from tests.fakes.workers import wait_until

LINK = re.compile(r"http://127\.0\.0\.1:\d+/setup\?token=(\S+)")
NAME = "Acme's <b>Suture</b>"


@dataclass(frozen=True)
class Fresh:
    """`suture serve --web-only` without an App, as an operator starts it."""

    github: GitHub
    url: str
    data: Path
    log: Path

    @property
    def link(self) -> re.Match[str] | None:
        """The link on the console."""
        return LINK.search(self.log.read_text())

    def status(self, path: str, body: bytes | None = None, **sent: str) -> int:
        request = urllib.request.Request(self.url + path, body, sent)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fresh]:
    folder, port = tmp_path_factory.mktemp("fresh"), free_port()
    with GitHubServer(folder) as server, (folder / "log").open("wb") as log:
        server.state.account("acme", "Organization")
        env = {
            "PATH": os.environ["PATH"],
            "SUTURE_DATA": str(folder / "data"),
            "SUTURE_PORT": str(port),
            "SUTURE_GITHUB_API_URL": server.state.api,
        }
        process = subprocess.Popen([sys.executable, "-m", "bot", "serve", "--web-only"], env=env, stderr=log)
        made = Fresh(server.state, f"http://127.0.0.1:{port}", folder / "data", folder / "log")
        try:
            wait_until(lambda: process.poll() is not None or made.link is not None)
            assert process.poll() is None, made.log.read_text()
            yield made
        finally:
            process.terminate()
            process.wait(30)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    if chromium_program() is None:
        pytest.skip("Chromium is not installed; sh deploy/setup.sh --dev installs it")
    with chromium() as browser:
        shown = browser.new_context(
            java_script_enabled=False, viewport={"width": 1000, "height": 900}
        ).new_page()
        wrong: list[str] = []
        shown.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        yield shown
        assert not wrong


def fits(page: Page) -> bool:
    """Whether the page is no wider than the window of a telephone."""
    page.set_viewport_size({"width": 360, "height": 800})
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1000, "height": 900})
    return bool(width <= 360)


def test_one_click(fresh: Fresh, page: Page):
    """Link, form, GitHub, back: the App is made, and its deliveries are taken at once."""
    assert fresh.status("/readyz") == 503
    link = fresh.link
    assert link
    page.goto(link[0])
    assert page.url == f"{fresh.url}/setup"
    page.get_by_label("Organization", exact=True).fill("acme")
    page.get_by_label("Name of the App").fill(NAME)
    page.get_by_label("Address of this server").fill("https://suture.example.com")
    assert fits(page)
    page.get_by_role("button", name="Continue").click()
    assert page.get_by_role("heading", name=f"Create {NAME} on GitHub").is_visible()
    assert fits(page)
    page.get_by_role("button", name="Create it on GitHub").click()
    assert page.url.startswith(f"{fresh.github.url}/organizations/acme/settings/apps/new?state=")
    page.get_by_role("button", name="Create GitHub App for acme").click()
    assert page.url.startswith(f"{fresh.url}/setup/created?code=")
    assert page.get_by_role("heading", name="is created").is_visible()
    page.get_by_role("link", name="Install it on repositories").click()

    [app] = fresh.github.apps
    assert page.url == f"{fresh.github.url}/apps/{app.slug}/installations/new"
    assert page.get_by_role("heading", name="Install").is_visible()
    body = pull_request("opened")
    assert (
        fresh.status("/webhooks/github", body, **headers(body, "pull_request", "g1", app.webhook_secret))
        == 202
    )
    assert fresh.status("/webhooks/github", body, **headers(body, "pull_request", "g2", "guess")) == 403
    assert fresh.status("/readyz") == 200
    assert fresh.status(f"/setup?token={link[1]}") == 410
    stored = json.loads((fresh.data / "credentials.json").read_text())
    written = fresh.log.read_text().replace(link[0], "")
    secrets = [value for name, value in stored.items() if name.endswith(("SECRET", "KEY"))]
    assert len(secrets) == 3
    assert not [one for one in [*secrets, link[1]] if one in written]
