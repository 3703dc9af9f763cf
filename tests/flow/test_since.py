"""What the review of a next head looks at, and what it carries over: with Claude's real client, over HTTP."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.demo.github import git, push_files
from bot.demo.github.events import after_push
from bot.errors import Superseded
from bot.jobs.dismissals import Dismissals
from bot.jobs.engine import database, migrate
from bot.jobs.memory import DatabaseMemory
from bot.records import Dismissal, KeptTest, RegressionTest
from bot.service import job_runner
from bot.settings import Settings
from bot.step import straight
from tests.fakes.claude_case import NO_TRIAGE, said_review
from tests.fakes.messages_api import Answer, Json, MessagesApi, fails, replies, stage_of, text_of
from tests.fakes.published import Scene, scene
from tests.fakes.records import a_finding

CARD = {"what": "x", "entry_points": [], "trust_boundaries": [], "guards": [], "tests": ""}
NOTHING = replies("review", said_review())
FILES = {f"shop/{name}.py": f"def {name}():\n    return '{name}'\n" for name in ("one", "two", "three")}


@dataclass
class Story:
    """A pull request of three files, and the jobs of its heads."""

    there: Scene
    settings: Settings
    answer: Answer = NOTHING  # to the next look at the change
    asked: list[Json] = field(default_factory=list)

    def script(self, request: Json) -> Answer:
        if stage_of(request) == "card":
            return replies("card", CARD)
        self.asked.append(request)
        return self.answer

    def review(self, **job: object) -> set[str]:
        """Review the head; the files that the model was shown."""
        self.asked.clear()
        job_runner(self.settings)(self.there.job(**job), straight)
        self.answer = NOTHING
        shown = [set(re.findall(r"=== file shop/(\w+)\.py", text_of(one))) for one in self.asked]
        return set().union(*shown)

    def push(self, name: str = "two", text: str = "x = 1\n", **how: str) -> None:
        push_files(self.there.state, self.there.repository, "cities", {f"shop/{name}.py": text}, **how)

    @property
    def check(self) -> str:
        run = self.there.state.check_runs[-1]
        return f"{run.title}\n{run.summary}"


@pytest.fixture
def story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    """Before its first review."""
    with scene(tmp_path, dict(FILES)) as there:
        made = Story(there, replace(there.settings, cache=tmp_path / "cache", reviewer="claude", samples=1))
        made.settings = replace(made.settings, stages=NO_TRIAGE)
        with MessagesApi(made.script).running() as api:
            monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
            monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)
            made.settings = replace(made.settings, inherited=dict(os.environ))
            migrate(made.settings)
            yield made


def test_a_push_has_its_own_files_reviewed(story: Story) -> None:
    """Fewer words are paid for, and the check run says what was looked at when."""
    everything = story.review()
    first, size = story.there.pull.head_sha[:7], len(text_of(story.asked[0]))
    story.push()
    pushed = story.review()
    smaller = len(text_of(story.asked[0]))

    assert (everything, pushed) == ({"one", "two", "three"}, {"two"})
    assert smaller < size
    assert "Clean: 3 files reviewed, 2 of them at " + first in story.check
    assert f"all that is in files changed since `{first}`. 2 hunks in 2 other files are as" in story.check
    story.push("four", "x = 1\n")
    assert story.review() == {"four"}  # what was carried over once is carried on


def rebased(story: Story) -> None:
    story.push(base="main", text=FILES["shop/two.py"])
    story.push("one", FILES["shop/one.py"])
    story.push("three", FILES["shop/three.py"])


def merged(story: Story) -> None:
    """The base branch moves on, and is merged into the head."""
    state, home = story.there.state, story.there.repository
    main = push_files(state, home, "main", {"shop/base.py": "x = 1\n"})
    head = story.there.pull.head_sha
    tree = git.edited_tree(home.path, head, {"shop/base.py": b"x = 1\n"}, ())
    who = git.read_commit(home.path, head).author
    both = git.commit_tree(home.path, tree, (head, main), "Merge", who, who)
    git.update_ref(home.path, "refs/heads/cities", both)
    after_push(state, home, "refs/heads/cities", head, both, state.account("dana"))


def other_rules(story: Story) -> None:
    rules = "guidance: Names come from strangers.\n"
    push_files(story.there.state, story.there.repository, "main", {".github/suture.yml": rules})
    story.push()


def another_model(story: Story) -> None:
    story.settings = replace(story.settings, model="claude-other")
    story.push()


@pytest.mark.parametrize("happens", [rebased, merged, other_rules, another_model])
def test_whatever_else_happens_everything_is_reviewed(story: Story, happens: Callable[[Story], None]) -> None:
    """A rewritten branch, a merge of the base, other rules, another model: nothing of before counts."""
    story.review()
    happens(story)

    assert story.review() == {"one", "two", "three"}
    assert "files changed since" not in story.check


def test_who_asks_gets_everything_reviewed(story: Story) -> None:
    """`/suture review`, Recheck and Re-run are attempts after the first."""
    story.review()
    story.push()

    assert story.review(attempt=2) == {"one", "two", "three"}


def test_what_stayed_open_is_looked_at_again(story: Story) -> None:
    """Until somebody did: a hunk that a look could not judge is never taken for reviewed."""
    skipped = {"hunk": "H1", "reason": "It depends on code that is not shown."}
    story.answer = replies("review", said_review(not_examined=(skipped,)))
    story.review()
    story.push()
    again = story.review()
    story.push(text="x = 2\n")

    assert again == {"one", "two"}
    assert "Clean" in story.check
    assert story.review() == {"two"}


def test_a_review_that_failed_settles_nothing(story: Story) -> None:
    """Nor does one of a head that was replaced before it ended."""
    story.answer = fails(400, "invalid_request_error")
    story.review()
    assert "Failed" in story.check
    old = story.there.pull.head_sha
    story.push()
    with pytest.raises(Superseded):
        story.review(head_sha=old)

    assert story.review() == {"one", "two", "three"}


def test_a_file_with_a_dismissed_finding_is_listed_each_time(story: Story) -> None:
    """So it is looked at, to list the finding with the reason that was given."""
    story.review()
    story.push()
    finding = a_finding(path="shop/three.py")
    key = (story.there.repository.id, story.there.pull.number)
    with database(story.settings) as engine:
        DatabaseMemory(engine, *key).keep((KeptTest(finding, RegressionTest("tests/x.py", ""), ()),))
        Dismissals(engine, *key).add(Dismissal(finding.id, "erin", "nobody calls it", by_author=False))

    assert story.review() == {"two", "three"}
