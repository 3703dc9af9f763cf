"""One pull request over many heads, with a real sandbox, database and git: what its kept tests do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.demo.github import git, push_files
from bot.environments import Environment
from bot.environments.interpreter import interpreter_environment
from bot.errors import EnvironmentUnavailable
from bot.forge.markers import find
from bot.house import House
from bot.jobs.engine import database, migrate
from bot.jobs.memory import DatabaseMemory
from bot.pipeline import run
from bot.records import Answer as KeptAnswer
from bot.records import (
    Claim,
    Conclusion,
    Confidence,
    Dismissal,
    Edit,
    Finding,
    Fix,
    Outcome,
    RegressionTest,
    Review,
    Severity,
    Verdict,
)
from bot.regression.lab import Lab
from bot.regression.languages.python import Python
from bot.regression.recheck import Memory
from bot.review.panel import Panel
from bot.review.reviewers import Answer, Feedback, Material, Placement
from bot.sandbox.bubblewrap import open_sandbox
from bot.step import straight
from tests.fakes.published import Scene, scene
from tests.flow.shop import FILES, FIXED, PAGES, TEST, need_sandbox
from tests.lean import lean_python

SOURCE = "src/shop/pages.py"
LINE = PAGES.splitlines().index("    return Path(root) / name") + 1
FINDING = Finding(
    "0123456789abcdef", SOURCE, LINE, LINE, "CWE-22", Severity.HIGH, Confidence.HIGH,
    "Pages outside the root can be read", "The name is joined unchecked.", "Other files could be read.",
    Claim("find", "../other", "a path", "ValueError"), "    return Path(root) / name", "scripted",
)  # fmt: skip


OLD = PAGES.splitlines(keepends=True)
GUARD = "".join(line for line in FIXED.splitlines(keepends=True) if line not in OLD)


@dataclass
class Silent:
    """A reviewer that reports the finding on the first head only; with or without a fix for it."""

    name: str = "scripted"
    reports: list[tuple[Finding, ...]] = field(default_factory=lambda: [(FINDING,)])
    fix: Fix | None = None

    def review(self, material: Material) -> Review:
        return Review(self.reports.pop(0) if self.reports else ())

    def write_test(
        self, finding: Finding, material: Material, placement: Placement, feedback: tuple[Feedback, ...]
    ) -> Answer[RegressionTest]:
        return Answer(RegressionTest("tests/test_pages_root.py", TEST))

    def write_fix(
        self, finding: Finding, test: RegressionTest, material: Material, feedback: tuple[Feedback, ...]
    ) -> Answer[Fix]:
        return Answer(self.fix, reason="No fix today.")


@dataclass
class Story:
    """The pull request, and the worker's side of it that outlives one job."""

    there: Scene
    memory: Memory | None
    reviewer: Silent = field(default_factory=Silent)
    has_environment: bool = True
    dismissals: tuple[Dismissal, ...] = ()

    def push(self, **files: str | None) -> None:
        named = {"pages": SOURCE, "config": ".github/suture.yml"}
        changed = {named.get(name, f"src/shop/{name}.py"): text for name, text in files.items()}
        push_files(self.there.state, self.there.repository, "cities", dict(changed))

    def review(self) -> Outcome:
        lab = Lab(open_sandbox(), (Python(),), self._environment, lambda: False, 120.0)
        publisher = self.there.publisher()
        house = House(self.there.forge(), Panel((self.reviewer,)), lab, publisher, memory=self.memory)
        return run(replace(house, dismissals=lambda: self.dismissals), straight)

    def _environment(self, _tree: Path) -> Environment:
        if not self.has_environment:
            raise EnvironmentUnavailable("The index does not answer.")
        return interpreter_environment(lean_python())

    @property
    def replies(self) -> list[str]:
        (thread,) = self.there.state.threads
        return [one.body.partition("\n")[2] for one in thread.comments[1:]]

    @property
    def is_resolved(self) -> bool:
        return self.there.state.threads[0].resolved_by is not None


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """After the review of the first head, which reproduced the finding."""
    need_sandbox()
    tmp_path.chmod(0o755)
    with scene(tmp_path, dict(FILES)) as there:
        settings = replace(there.settings, data=tmp_path / "data")
        migrate(settings)
        with database(settings) as engine:
            made = Story(there, DatabaseMemory(engine, there.repository.id, there.pull.number))
            (seen,) = made.review().examined
            assert seen.verdict is Verdict.REPRODUCED
            yield made


def test_a_fix_is_seen_and_a_relapse_too(story: Story) -> None:
    """Fixed: the thread is resolved. Undone, with lines moved: said again though nobody reported it."""
    story.push(pages=FIXED)
    fixed = story.review()
    closed = story.is_resolved
    story.push(pages="import sys\n" + PAGES)
    undone = story.review()

    assert (fixed.conclusion, closed) == (Conclusion.CLEAN, True)
    assert (undone.conclusion, story.is_resolved) == (Conclusion.FINDINGS, False)
    (again,) = undone.examined
    assert (again.finding.id, again.finding.start_line) == (FINDING.id, LINE + 1)
    assert [one.partition(":")[0] for one in story.replies] == [
        f"Fixed in `{fixed.change.head_sha[:7]}`",
        f"Not fixed in `{undone.change.head_sha[:7]}`",
    ]
    assert f"red on `{undone.change.head_sha[:7]}`" in story.there.state.threads[0].comments[0].body
    check = story.there.state.check_runs[-1]
    assert "still there: its test is red" in (check.summary or "")


def test_our_own_fix_closes_the_thread(story: Story) -> None:
    """A proven fix is committed to the pull request as it is, with the test that is kept."""
    story.reviewer.reports = [(FINDING,)]
    story.reviewer.fix = Fix((Edit(SOURCE, f"{FINDING.quote}\n", GUARD),), "Keeps inside the root.")
    story.push(more="x = 1\n")
    proven = story.review()
    (branch,) = git.refs(story.there.repository.path, "refs/heads/suture/fix/").values()
    paths = (SOURCE, "tests/test_pages_root.py")
    fixed = {
        path: git.git(story.there.repository.path, "show", f"{branch}:{path}").decode() for path in paths
    }
    push_files(story.there.state, story.there.repository, "cities", dict(fixed))
    outcome = story.review()

    assert [one.verdict for one in proven.examined] == [Verdict.PROVEN]
    assert [one.answer for one in outcome.rechecked] == [KeptAnswer.FIXED]
    assert story.is_resolved


def test_an_edit_that_mends_nothing_is_no_new_finding(story: Story) -> None:
    """Found anew under another fingerprint, it keeps its thread: the new fix makes the old test pass."""
    edited = "    return Path(root).joinpath(name)"
    now = replace(FINDING, id="feedfeedfeedfeed", quote=edited)
    other = replace(now, id="beefbeefbeefbeef", cwe="CWE-73")
    story.reviewer.fix = Fix((Edit(SOURCE, f"{edited}\n", GUARD),), "Keeps inside the root.")
    story.reviewer.reports = [(now,), (now, other)]
    for number in (1, 2):
        story.push(pages=PAGES.replace(FINDING.quote, edited), more=f"x = {number}\n")
        outcome = story.review()

    assert {one.finding.id: one.verdict for one in outcome.examined} == {
        FINDING.id: Verdict.PROVEN,
        other.id: Verdict.PROVEN,
    }
    threads = story.there.state.threads
    assert [find(one.comments[0].body).fingerprint for one in threads] == [FINDING.id, other.id]  # type: ignore[union-attr]
    assert f"red on `{outcome.change.head_sha[:7]}`" in threads[0].comments[0].body


def test_a_test_without_an_answer_leaves_the_thread(story: Story) -> None:
    """Code that moved away, or an environment that is not to be had: said with the reason, never clean."""
    story.push(pages=None, leaves=PAGES)
    moved = story.review()
    story.has_environment = False
    without = story.review()

    assert moved.conclusion is without.conclusion is Conclusion.INCOMPLETE
    (said,) = story.replies
    assert "not known" in said
    assert "ModuleNotFoundError" in said
    assert not story.is_resolved
    assert "The index does not answer" in (story.there.state.check_runs[-1].summary or "")


def test_removed_code_is_told_once(story: Story) -> None:
    """Its test cannot run, and nothing stands where it could: no open end, and not called fixed."""
    start, end = PAGES.index("def find"), PAGES.index("def title")
    story.push(pages=PAGES[:start] + PAGES[end:])
    removed = story.review()
    story.push(more="x = 1\n")
    later = story.review()

    assert [one.answer for one in removed.rechecked] == [KeptAnswer.REMOVED]
    assert (removed.conclusion, later.conclusion, later.rechecked) == (Conclusion.CLEAN, Conclusion.CLEAN, ())
    assert [one.partition(" in ")[0] for one in story.replies] == ["Removed"]
    assert story.is_resolved


def test_what_the_review_confirms_anew_is_not_run_again(story: Story) -> None:
    """And without a memory, as on the command line, no test of an earlier head is run."""
    story.reviewer.reports = [(FINDING,)]
    story.push(more="x = 1\n")
    confirmed = story.review()
    story.memory = None
    story.push(more="x = 2\n")
    forgotten = story.review()

    assert (confirmed.conclusion, confirmed.rechecked) == (Conclusion.FINDINGS, ())
    assert (forgotten.conclusion, forgotten.rechecked) == (Conclusion.CLEAN, ())
    assert not story.is_resolved


def test_what_the_repository_asks_not_to_report_is_not_run(story: Story) -> None:
    """The base branch's word holds for tests of earlier heads too; the head's does not."""
    text = "do_not_report:\n  - cwe: CWE-22\n    reason: pages are public\n"
    story.push(config=text)
    by_head = story.review()
    push_files(story.there.state, story.there.repository, "main", {".github/suture.yml": text})
    story.push(more="x = 1\n")
    by_base = story.review()

    assert by_head.conclusion is Conclusion.FINDINGS
    assert (by_base.conclusion, by_base.rechecked) == (Conclusion.CLEAN, ())


def test_what_was_dismissed_does_not_come_back(story: Story) -> None:
    """Neither by a reviewer nor by its test, unless the author alone dismissed something severe."""
    by_author = Dismissal(FINDING.id, "dana", "nobody gets there", by_author=True)
    story.dismissals = (by_author,)
    story.push(more="x = 1\n")
    by_author_alone = story.review()
    story.dismissals = (by_author, Dismissal(FINDING.id, "erin", "true", by_author=False))
    story.push(more="x = 2\n")
    unreported = story.review()
    story.reviewer.reports = [(FINDING,)]
    story.push(more="x = 3\n")
    reported = story.review()

    assert by_author_alone.conclusion is Conclusion.FINDINGS
    assert (unreported.conclusion, unreported.rechecked) == (Conclusion.CLEAN, ())
    assert [one.reason for one in reported.exempted] == ["dismissed by @erin: true"]
    assert (reported.conclusion, reported.examined) == (Conclusion.CLEAN, ())
    assert not story.is_resolved
