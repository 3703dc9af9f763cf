"""An organisation's configuration, from its repository over HTTP to what stands on the pull request."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.budget import Purse
from bot.config.layers import Host
from bot.demo.github import create_repository, push_files, set_draft
from bot.demo.github.records import CheckRun, Repository
from bot.environments import Environment
from bot.environments.asked import Maker
from bot.errors import Draft, EnvironmentUnavailable, ForgeUnavailable
from bot.house import House
from bot.jobs.inbox import DurableInbox
from bot.pipeline import run
from bot.records import Finding, Policy, Review, Severity
from bot.regression.lab import Lab
from bot.regression.languages.python import Python
from bot.review.panel import Panel
from bot.review.reviewers import Material, Reviewer
from bot.sandbox.choose import open_sandbox
from bot.service import job_runner
from bot.settings import Settings, StageSettings
from bot.step import never, straight
from tests.fakes.claude_case import reviewing
from tests.fakes.messages_api import by_task, replies, stage_of
from tests.fakes.published import PATH, Scene, findings, proven, scene
from tests.fakes.records import a_finding
from tests.fakes.workers import ends_of_jobs, wait_for_end, wait_until, working
from tests.flow.shop import need_sandbox

TRIAGED = {"triage": StageSettings("small")}


class Quiet:
    """A reviewer of few words, who remembers what was shown."""

    name = "rules"

    def __init__(self, *found: Finding) -> None:
        self.found = found
        self.seen: list[Material] = []

    def review(self, material: Material) -> Review:
        self.seen.append(material)
        return Review(self.found)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Scene]:
    with scene(tmp_path) as made:
        yield made
        assert not made.state.unknown_calls


def organisation(there: Scene, text: str, name: str = "acme/.github") -> Repository:
    folder = there.settings.data.parent / "shared"
    folder.mkdir()
    (folder / "suture.yml").write_text(text)
    return create_repository(there.state, name, folder, private=True)


@dataclass
class Builds:
    """Cannot build, and remembers what was to be put in."""

    asked: list[tuple[tuple[str, ...], str]] = field(default_factory=list)

    def __call__(self, tree: Path) -> Environment:
        raise EnvironmentUnavailable(f"Nothing is built of {self.asked}.")

    def with_more(self, packages: tuple[str, ...], python: str) -> Builds:
        self.asked.append((packages, python))
        return self


def run_with(
    there: Scene,
    reviewer: Reviewer,
    host: Host | None = None,
    maker: Maker | None = None,
    *,
    draft: bool = False,
) -> CheckRun:
    """The check run of the whole pipeline."""
    lab = Lab(open_sandbox(there.settings), (Python(),), maker or Builds(), never, 1.0)
    purse = Purse()
    panel = Panel((reviewer,)).paying_from(purse)
    run(
        House(there.forge(), panel, lab, there.publisher(), purse, host=host or Host(), draft=draft), straight
    )
    return there.state.check_runs[-1]


def reviewed(there: Scene) -> tuple[CheckRun, Material]:
    """The same, and what the reviewer was shown."""
    reviewer = Quiet()
    return run_with(there, reviewer), reviewer.seen[-1]  # type: ignore[arg-type]


def test_the_organisations_word_holds_where_the_repository_says_nothing(there: Scene):
    """Its file is read with a token for it alone; what is wrong in either stands in the check run."""
    shared = organisation(there, f"ignore: [{PATH}]\nlocked: [ignore]\nguidance: ours\nrulez: 1\n")
    push_files(there.state, there.repository, "main", {".github/suture.yml": "# mine\nignore: [docs/**]\n"})

    check, seen = reviewed(there)

    assert (seen.config.guidance, seen.change.files) == ("ours", ())
    assert (check.conclusion, check.title) == (
        "success",
        "Clean: nothing to review, 1 file ignored as configured, 2 remarks",
    )
    summary = check.summary or ""
    assert "It is left out as the organisation asks (acme/.github: suture.yml line 1)." in summary.replace(
        "`", ""
    )
    assert "acme/.github: suture.yml:4" in summary
    assert ".github/suture.yml:2" in summary
    tokens = [one for one in there.state.tokens.values() if one.repository_ids == {shared.id}]
    assert [{**one.permissions, "metadata": "read"} for one in tokens] == [
        {"contents": "read", "metadata": "read"}
    ]


@pytest.mark.parametrize("is_installed", [True, False])
def test_no_repository_or_none_that_may_be_read_is_no_layer(
    there: Scene, is_installed: bool, caplog: pytest.LogCaptureFixture
):
    """The review goes on without, and the log says so."""
    if not is_installed:
        organisation(there, "guidance: ours\n")
        there.installation.repository_ids = {there.repository.id}

    with caplog.at_level(logging.INFO, "suture.forge"):
        _, seen = reviewed(there)

    assert (seen.config.guidance, seen.config.problems) == ("", ())
    assert [one.repository for one in caplog.records] == ["acme/.github"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", [r"/repos/acme/.github/installation", r"/acme/.github\.git"])
def test_a_fault_is_not_no_configuration(there: Scene, path: str):
    """The step is tried again later; nobody reviews by other rules in the meantime."""
    organisation(there, "guidance: ours\n")
    forge = there.forge()
    change = forge.collect()
    there.state.faults.add("GET", path, 503, times=9)

    with pytest.raises(ForgeUnavailable):
        forge.shared(change)


def test_a_killed_job_comes_back_to_the_same_commit(there: Scene):
    """Also on a machine that has not fetched it yet."""
    shared = organisation(there, "guidance: first\n")
    change = there.forge().collect()
    found = there.forge().shared(change)
    push_files(there.state, shared, "main", {"suture.yml": "guidance: second\n"})
    there.settings = replace(there.settings, data=there.settings.data / "elsewhere")

    with there.forge().shared_tree(found) as tree:
        assert tree is not None
        assert (tree / "suture.yml").read_text() == "guidance: first\n"


def test_the_operator_names_another_repository_or_none(there: Scene):
    """By the owner's name, or one for all."""
    organisation(there, "guidance: secret\n", "acme/security")
    change = there.forge().collect()

    names = {}
    for setting in ("{owner}/security", "acme/security", ""):
        there.settings = replace(there.settings, config_repository=setting)
        found = there.forge().shared(change)
        names[setting] = found.repository if found else None

    assert names == {"{owner}/security": "acme/security", "acme/security": "acme/security", "": None}


def test_grave_findings_fail_the_check_and_slight_ones_are_only_listed(there: Scene):
    """From `fail_from` on; below `comment_from` there is no comment and no branch, but a row."""
    change = there.forge().collect()
    slight = a_finding(
        id="f" * 16, path=PATH, start_line=4, end_line=4, severity=Severity.LOW, title="A slight one"
    )
    outcome = findings(change, proven(), proven(finding=slight))
    policy = Policy(comment_from=Severity.MEDIUM, fail_from=Severity.HIGH)

    there.publisher().publish(replace(outcome, policy=policy), straight)

    (check,), (comment,) = there.state.check_runs, there.state.comments
    assert check.conclusion == "failure"
    assert "asked to for confirmed findings from `high` severity on" in (check.summary or "")
    assert "1 of these is below `medium` severity and not commented on the diff" in (check.summary or "")
    assert "A slight one" in (check.summary or "")
    assert "A slight one" not in comment.body
    assert check.annotations == []


def test_the_chosen_models_are_asked(there: Scene):
    """In the stage that names one, with the effort for all; the others are the operator's."""
    asks = "models: {triage: small-2, effort: low}\n"
    push_files(there.state, there.repository, "main", {".github/suture.yml": asks})
    script = by_task(triage=replies("triage", {"regions": [{"hunk": "H1", "cwes": ["CWE-89"]}]}))
    settings = Settings(samples=1, cache=there.settings.data / "cache", model="large")

    with reviewing(script, settings=replace(settings, stages=TRIAGED)) as (reviewer, api):
        run_with(there, reviewer, Host(models=("small-2",)))

    asked = [(stage_of(one), one["model"], one["output_config"].get("effort")) for one in api.requests]
    assert asked[0] == ("triage", "small-2", "low")
    assert {one[1:] for one in asked if one[0] == "review"} == {("large", "low")}


def test_a_lowered_budget_is_kept_to(there: Scene):
    """No call is made, and the check run names the file to change."""
    asks = "budget: {pull_request: 1 in}\n"
    push_files(there.state, there.repository, "main", {".github/suture.yml": asks})

    with reviewing(by_task()) as (reviewer, api):
        check = run_with(there, reviewer)

    assert api.requests == []
    assert check.conclusion == "neutral"
    assert "Raise `budget` in .github/suture.yml" in (check.summary or "").replace("\\", "")


def test_what_tests_need_is_asked_of_who_builds(there: Scene):
    """Packages and the Python, before anything is run."""
    asks = "tests: {packages: [acme-testing], python: '3.12', environment: {ACME: x}}\n"
    push_files(there.state, there.repository, "main", {".github/suture.yml": asks})
    maker = Builds()

    check = run_with(there, Quiet(a_finding(path=PATH, start_line=5, end_line=6)), maker=maker)  # type: ignore[arg-type]

    assert maker.asked == [(("acme-testing",), "3.12")]
    assert (check.title or "").startswith("Incomplete")


@pytest.mark.parametrize(
    ("asks", "is_ready", "is_reviewed"), [(False, False, False), (True, False, True), (False, True, True)]
)
def test_a_draft_is_reviewed_where_that_is_asked(
    there: Scene, *, asks: bool, is_ready: bool, is_reviewed: bool
):
    """Else it ends without a word, unless it is ready for review by the time that the job looks."""
    if asks:
        text = {".github/suture.yml": "review_drafts: true\n"}
        push_files(there.state, there.repository, "main", text)
    set_draft(there.state, there.pull, draft=not is_ready)
    reviewer = Quiet()

    if is_reviewed:
        run_with(there, reviewer, draft=True)  # type: ignore[arg-type]
    else:
        with pytest.raises(Draft):
            run_with(there, reviewer, draft=True)  # type: ignore[arg-type]

    assert (len(reviewer.seen), len(there.state.check_runs)) == ((1, 1) if is_reviewed else (0, 0))


def test_what_was_said_before_it_became_a_draft_stays(there: Scene):
    """The check run of the same head is not taken back."""
    said = run_with(there, Quiet())  # type: ignore[arg-type]
    set_draft(there.state, there.pull, draft=True)

    with pytest.raises(Draft):
        run_with(there, Quiet(), draft=True)  # type: ignore[arg-type]

    assert (said.conclusion, len(there.state.check_runs)) == ("success", 1)


def test_a_draft_is_taken_up_once_it_is_ready(there: Scene):
    """By a worker, whose operator's file leaves every file out: the second job of the same head reports."""
    need_sandbox()
    file = there.settings.data.parent / "server.yml"
    file.write_text("ignore: ['**']\n")
    settings = replace(there.settings, config=str(file), reviewer="rules")
    inbox = DurableInbox(settings)
    set_draft(there.state, there.pull, draft=True)

    with working(settings, job_runner(settings)):
        inbox.submit(there.job(draft=True), "opened")
        first = wait_for_end(settings)
        before = len(there.state.check_runs)
        set_draft(there.state, there.pull, draft=False)
        inbox.submit(there.job(), "ready", again=True)
        wait_until(lambda: set(ends_of_jobs(settings).values()) == {"superseded", "done"})
    inbox.close()

    (check,) = there.state.check_runs
    assert (list(first.values()), before) == (["superseded"], 0)
    assert (check.conclusion, check.title) == (
        "success",
        "Clean: nothing to review, 1 file ignored as configured",
    )
    assert "as the operator asks (the server's server.yml line 1)" in (check.summary or "")
