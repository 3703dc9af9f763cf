"""The dashboard in a real browser, without JavaScript: sign in at GitHub, read a review, sign out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from bot.budget import Entry as Call
from bot.budget import today
from bot.demo.github import create_app, create_repository, install
from bot.jobs.archive import keep
from bot.jobs.inbox import DurableInbox
from bot.jobs.overview import Reading
from bot.jobs.spending import DatabaseLedger
from bot.publish.archived import archived
from bot.records import Conclusion, Declined, NotReviewed, Outcome, Usage
from bot.settings import Secret, Settings
from tests.browser.chromium import chromium, chromium_program
from tests.contracts.fetch import AXE
from tests.fakes.github import GitHubServer
from tests.fakes.octo import key
from tests.fakes.published import proven
from tests.fakes.workers import a_job
from tests.unit.test_plan import a_change
from webhooks import create_app as create_web


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard with one review of acme/shop, which dana sees."""
    folder = tmp_path_factory.mktemp("dashboard")
    with GitHubServer(folder) as github:
        app = create_app(github.state, private_key=key())
        shop = create_repository(github.state, "acme/shop", private=True)
        install(github.state, app, "acme")
        settings = Settings(
            app_id=app.client_id, webhook_secrets=(Secret("a secret"),), client_secret=Secret("hush"),
            github_api_url=github.state.api, data=folder / "data", public_url="http://127.0.0.1",
        )  # fmt: skip
        server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
        settings = replace(settings, public_url=f"http://127.0.0.1:{server.server_port}")
        app.client_secret, app.callback_urls = "hush", (f"{settings.public_url}/dashboard/signed-in",)
        inbox = DurableInbox(settings)
        server.app = create_web(settings, inbox)
        outcome = Outcome(
            a_change(), Conclusion.FINDINGS, (proven(),), usage=Usage(2, 1_000, 0, 0, 100, 0.25),
            not_reviewed=(NotReviewed("big.py", "too long"),),
            declined=(Declined("review", "claude", "cyber", ("a.py:3",)),),
        )  # fmt: skip
        with Reading(settings).open() as engine:
            keep(engine, archived(replace(a_job(repository_id=shop.id), repository="acme/shop"), outcome))
            spending = Usage(1, 10, 0, 0, 10, 1.5)
            DatabaseLedger(engine).open(Call("job", "", shop.id, 1, today(), spending))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield settings.public_url
        server.shutdown()
        server.server_close()
        inbox.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if chromium_program() is None:
        pytest.skip("Chromium is not installed; sh deploy/setup.sh --dev installs it")
    with chromium() as started:
        yield started


def signed_in(browser: Browser, address: str, *, scripts: bool = False) -> Page:
    """A page of a person who went through GitHub."""
    page = browser.new_context(
        java_script_enabled=scripts, bypass_csp=scripts, viewport={"width": 1000, "height": 900}
    ).new_page()
    page.goto(f"{address}/dashboard")
    page.get_by_role("link", name="Sign in with GitHub").click()
    agree = page.get_by_role("button", name="Authorize")
    if agree.count():
        agree.click()
    assert page.url == f"{address}/dashboard"
    return page


def fits(page: Page) -> bool:
    """Whether the page is no wider than the window of a telephone."""
    page.set_viewport_size({"width": 360, "height": 800})
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1000, "height": 900})
    return bool(width <= 360)


def test_sign_in_read_sign_out(browser: Browser, address: str):
    """Without JavaScript, on a desk and on a telephone."""
    page = signed_in(browser, address)
    assert page.get_by_role("img", name="Dollars for models by day").is_visible()
    assert fits(page)
    page.get_by_role("link", name="acme/shop #").click()
    runs = page.get_by_text("python -m pytest").first
    assert not runs.is_visible()
    page.get_by_text(" runs").first.click()
    assert page.get_by_role("columnheader", name="Exit code").is_visible()
    assert fits(page)
    page.get_by_role("link", name="Health").click()
    assert page.get_by_role("heading", name="Health").is_visible()
    assert fits(page)
    page.get_by_role("button", name="Sign out").click()
    assert page.get_by_role("link", name="Sign in with GitHub").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, address: str, scheme: str):
    """Every page by axe-core's rules: landmarks, headings, tables, names, contrast."""
    if not AXE.file.is_file():
        pytest.skip("axe-core is not there; sh deploy/setup.sh --dev fetches it")
    page = signed_in(browser, address, scripts=True)
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # the two literals
    review = page.get_by_role("link", name="acme/shop #").get_attribute("href") or ""
    repository = page.get_by_role("link", name="acme/shop", exact=True).first.get_attribute("href") or ""
    for path in ("/dashboard", review, repository, "/dashboard/health", "/dashboard/reviews/none"):
        page.goto(address + path)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        page.add_script_tag(path=str(AXE.file))
        found = page.evaluate("axe.run().then(all => all.violations.map(one => [one.id, one.nodes[0].html]))")
        assert found == [], path
