"""`/suture apply` over HTTP: what stands on the pull request's branch in the end, and what does not."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.demo.github import close, fork, git, open_pull_request, press_button, push_files, reply
from bot.forge.markers import TRAILER
from bot.forge.writes import CommitFix, FileContent
from bot.publish.applied import git_apply
from bot.publish.github import MOST_APPLIED
from bot.publish.outputs.fix_commits import branch_name
from bot.records import Conclusion, Examined, Outcome, Patch, RegressionTest
from bot.step import straight
from tests.fakes.published import AFTER, DIFF, PATH, TEST, proven
from tests.fakes.records import a_finding
from tests.fakes.talk import Talk, talk
from tests.fakes.workers import wait_until

OTHER = "shop/orders.py"
OTHER_ID = "fedcba9876543210"
ID = proven().finding.id


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Talk]:
    """Two files with the same defect, of which each has a finding of its own."""
    with talk(tmp_path, {PATH: AFTER, OTHER: AFTER}) as made:
        yield made


def other(**changes: object) -> Examined:
    """The finding in the other file."""
    made = proven(
        finding=replace(a_finding(path=OTHER, start_line=5, end_line=6), id=OTHER_ID),
        patch=Patch(DIFF.replace(PATH, OTHER)),
        test=RegressionTest("tests/test_orders_city.py", TEST.content),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test's own fields


def on_branch(one: Talk, since: str) -> list[str]:
    """The findings whose commits came onto the pull request's branch, the oldest first."""
    shown = ("log", "--reverse", f"--format=%(trailers:key={TRAILER},valueonly)", f"{since}..cities")
    return git.git(one.there.repository.path, *shown).decode().split()


def fix_branches(one: Talk) -> dict[str, str]:
    return git.refs(one.there.repository.path, "refs/heads/suture/fix/")


def tree(one: Talk, commit: str) -> str:
    return git.git(one.there.repository.path, "rev-parse", f"{commit}^{{tree}}").decode()


def test_the_proven_tree_is_what_lands(one: Talk):
    """The branch moves by one signed commit whose tree is the proven one's; asked again, by none."""
    head = one.there.pull.head_sha
    one.publish(proven())
    (tip,) = fix_branches(one).values()

    assert one.say("/suture apply") == "+1"
    landed = one.there.pull.head_sha
    assert one.say("/suture apply") == "+1"

    assert (on_branch(one, head), one.there.pull.head_sha) == ([ID], landed)
    assert git.read_commit(one.there.repository.path, landed).parents == (head,)
    assert tree(one, landed) == tree(one, tip)
    assert landed in one.there.repository.verified
    assert landed in one.answers[0]
    assert one.answers[0].startswith("On `cities`, each as proven by itself; the new head is reviewed:")
    assert one.answers[1] == one.answers[0]


def test_dependabot_may_go_on_with_its_branch(one: Talk):
    """The commit on it says that it need not mind; on anybody else's branch nothing is said of that."""
    one.publish(proven())
    one.there.pull.author = one.there.state.account("dependabot[bot]", "Bot")
    assert one.say("/suture apply") == "+1"

    home = one.there.repository.path
    message = git.git(home, "show", "--no-patch", "--format=%B", one.there.pull.head_sha).decode()
    (branch,) = fix_branches(one).values()
    assert "\n\n[dependabot skip]\n\n" in message
    assert f"{TRAILER}: {ID}" in message
    assert "dependabot" not in git.git(home, "show", "--no-patch", "--format=%B", branch).decode()


def test_our_own_commit_is_reviewed_and_makes_no_second_one(one: Talk):
    """The push that we caused is a push like any other, but a fix that did not help is not made again."""
    one.publish(proven())
    one.say("/suture apply")
    landed = one.there.pull.head_sha
    one.deliver()
    wait_until(lambda: landed in [job.head_sha for job in one.reviewed])

    still = proven(patch=Patch("--- a/x.py\n+++ b/x.py\n@@ -0,0 +1 @@\n+x = 1\n"))
    one.publish(still, other())

    assert branch_name(1, OTHER_ID, landed) in "".join(fix_branches(one))
    assert branch_name(1, ID, landed) not in "".join(fix_branches(one))
    assert any("among the pull request's commits already" in each.body for each in one.there.state.comments)
    assert one.say("/suture apply") == "+1"
    assert sorted(on_branch(one, landed)) == [OTHER_ID]


def test_a_committed_suggestion_is_a_push_like_any_other(one: Talk):
    """Who pressed the button is its author, and we are named beside: it is reviewed, and nothing is made."""
    one.publish(proven())
    before = set(fix_branches(one))
    by = "\n\nCo-authored-by: suture[bot] <1+suture[bot]@users.noreply.github.com>"
    mended = AFTER.replace("'{city}'", "?")
    push_files(one.there.state, one.there.repository, "cities", {PATH: mended}, message=f"Update{by}")
    head = one.there.pull.head_sha
    one.deliver()
    wait_until(lambda: head in [job.head_sha for job in one.reviewed])
    change = one.there.forge().collect()
    one.there.publisher().publish(Outcome(change, Conclusion.CLEAN), straight)

    assert set(fix_branches(one)) == before
    assert one.there.pull.head_sha == head
    assert [job.head_sha for job in one.reviewed].count(head) == 1


def test_rounds_of_fixes_come_to_an_end(one: Talk):
    """When very many fixes of ours are among the commits, people have to look; the patch is still shown."""
    state, home = one.there.state, one.there.repository
    for number in range(MOST_APPLIED):
        said = f"Fix\n\n{TRAILER}: {number:016x}"
        push_files(state, home, "cities", {"more.py": f"x = {number}\n"}, message=said)

    one.publish(proven())

    assert fix_branches(one) == {}
    assert "no more are pushed to it" in state.comments[-1].body
    assert DIFF in state.comments[-1].body


def test_the_button_applies_all(one: Talk):
    """A commit for each finding, each on top of the other."""
    head = one.there.pull.head_sha
    one.publish(proven(), other())
    (check,) = one.there.state.check_runs
    assert [each["label"] for each in check.actions] == ["Apply proven fixes", "Recheck", "Dismiss all"]

    press_button(one.there.state, check, "apply")
    one.deliver()
    wait_until(lambda: bool(one.answers))

    assert on_branch(one, head) == [ID, OTHER_ID]
    assert one.answers[0].count("\n- ") == 2


@pytest.mark.parametrize("named", [f"apply {OTHER_ID}", f"apply `{OTHER_ID[:8]}`"])
def test_one_finding_by_its_id(one: Talk, named: str):
    """The other stays where it is."""
    head = one.there.pull.head_sha
    one.publish(proven(), other())

    assert one.say(f"/suture {named}") == "+1"

    assert on_branch(one, head) == [OTHER_ID]


def test_one_finding_in_its_thread(one: Talk):
    """The thread says which; the next is put on top of our own commit."""
    head = one.there.pull.head_sha
    one.publish(proven(), other())
    first, second = one.there.state.comments

    assert one.answered(reply(one.there.state, second, "/suture apply")) == "+1"
    assert one.answered(reply(one.there.state, first, "/suture apply")) == "+1"

    assert on_branch(one, head) == [OTHER_ID, ID]
    assert one.there.state.comments[-1].reply_to is first


@pytest.mark.parametrize("rest", ["the first one", "0123", "../..", "@everybody"])
def test_what_is_no_finding(one: Talk, rest: str):
    """Nothing is guessed."""
    head = one.there.pull.head_sha
    one.publish(proven())

    assert one.say(f"/suture apply {rest}") == "confused"

    assert one.answers == ["Name a finding by its id, or write the command below the finding's comment."]
    assert on_branch(one, head) == []


def test_two_fixes_of_one_file(one: Talk):
    """No run has seen them together, so the second waits for the review of the new head."""
    head = one.there.pull.head_sha
    again = other(patch=Patch(DIFF), test=RegressionTest("tests/test_again.py", TEST.content))
    one.publish(proven(), again)

    assert one.say("/suture apply") == "+1"

    assert on_branch(one, head) == [ID]
    assert "shop/customers.py was written since by another fix." in one.answers[0]


def test_a_head_that_moved(one: Talk):
    """What somebody pushed since was not there when the fix was proven."""
    one.publish(proven())
    push_files(one.there.state, one.there.repository, "cities", {"more.py": "x = 1\n"})
    head = one.there.pull.head_sha

    assert one.say("/suture apply") == "confused"

    assert one.answers[0].startswith(f"There is no proven fix of that for `{head[:7]}`")
    assert one.there.pull.head_sha == head


def test_a_push_in_between(one: Talk):
    """GitHub takes the commit only on the commit it was meant for."""
    one.publish(proven())

    def push() -> None:
        push_files(one.there.state, one.there.repository, "cities", {"more.py": "x = 1\n"})

    one.there.state.faults.add("POST", "/graphql", 0, body_regex="createCommitOnBranch", before=push)

    assert one.say("/suture apply") == "confused"

    assert on_branch(one, f"{one.there.pull.head_sha}~1") == []
    assert "Expected branch to point to" in one.answers[0]


@pytest.mark.parametrize("took_effect", [True, False])
def test_a_lost_answer_is_no_second_commit(one: Talk, took_effect: bool):
    """After a 502 the branch is looked at again."""
    head = one.there.pull.head_sha
    one.publish(proven())
    body = "createCommitOnBranch"
    one.there.state.faults.add("POST", "/graphql", 502, took_effect=took_effect, body_regex=body)

    assert one.say("/suture apply") == "+1"

    assert on_branch(one, head) == [ID]


def test_what_only_looks_like_our_fix(one: Talk):
    """A branch of that name with a commit of somebody's own, and a marker that somebody typed."""
    state, home, head = one.there.state, one.there.repository, one.there.pull.head_sha
    name = branch_name(1, ID, head)
    git.update_ref(home.path, f"refs/heads/{name}", head)
    push_files(state, home, name, {"evil.py": "x = 1\n"}, message=f"Fix CWE-89\n\n{TRAILER}: {ID}")
    one.publish(other())
    (typed,) = state.comments
    typed.author = state.account("dana")

    assert one.say(f"/suture apply {ID}") == "confused"
    assert one.answered(reply(state, typed, "/suture apply")) == "confused"

    assert on_branch(one, head) == []


@pytest.mark.parametrize("path", [".github/dependabot.yml", "uv.lock", "ci/Jenkinsfile"])
def test_files_that_are_never_written(one: Talk, path: str):
    """Whatever a fix commit holds."""
    head = one.there.pull.head_sha
    files = (FileContent(path, b"x\n"),)
    write = CommitFix(ID, branch_name(1, ID, head), head, "Fix", f"{TRAILER}: {ID}", files)
    one.there.forge().carry_out(write)

    assert one.say("/suture apply") == "confused"

    assert on_branch(one, head) == []
    assert "was not" not in one.answers[0]
    assert path.rpartition("/")[2] in one.answers[0]


def test_a_branch_that_rules_protect(one: Talk):
    """The answer has GitHub's words, and the command that applies the fix by hand."""
    one.publish(proven())
    error = {"type": "UNPROCESSABLE", "message": "Repository rule violations found"}
    refusal = {"data": {"createCommitOnBranch": None}, "errors": [error]}
    one.there.state.faults.add(
        "POST", "/graphql", 200, answer=refusal, body_regex="mutation Commit.*createCommitOnBranch"
    )

    assert one.say("/suture apply") == "confused"

    assert "Repository rule violations found" in one.answers[0]
    assert "```sh\ngit apply <<'SUTURE_" in one.answers[0]
    assert DIFF in one.answers[0]


def test_without_a_fix_branch(one: Talk):
    """Where somebody deleted it, or none was wanted, the fix is had by hand."""
    one.publish(proven())
    for name in fix_branches(one):
        git.update_ref(one.there.repository.path, name, None)

    assert one.say("/suture apply") == "+1"

    assert DIFF in one.answers[0]


def test_what_is_too_long_is_counted():
    """A command that GitHub would cut is none."""
    long = "+x\n" * 10_000

    told = git_apply([long, long], "Here.")

    assert "1 more did not fit here" in told
    assert len(told) < 60_000
    assert git_apply([], "Here.") == ""


def test_not_on_a_closed_pull_request_and_not_for_strangers(one: Talk):
    """Neither moves the branch."""
    head = one.there.pull.head_sha
    one.publish(proven())
    one.there.state.readers.add("mallory")

    assert one.say("/suture apply", by="mallory") == "-1"
    close(one.there.state, one.there.pull)
    assert one.say("/suture apply") == "confused"

    assert on_branch(one, head) == []


def test_a_fork_gets_one_command(one: Talk, tmp_path: Path):
    """Pasted into a shell on the fork's branch, it leaves the fixed files and runs nothing else."""
    state = one.there.state
    theirs = fork(state, one.there.repository, "eve")
    push_files(state, theirs, "towns", {PATH: AFTER, OTHER: AFTER})
    one.there.pull = open_pull_request(
        state, one.there.repository, "main", "towns", "From a fork", author="eve", head_repository=theirs
    )
    assert one.say("/suture apply") == "confused"
    one.publish(proven(), other())
    (check,) = [each for each in state.check_runs if each.suite.head_sha == one.there.pull.head_sha]

    assert one.say("/suture apply") == "+1"

    script = one.answers[-1].partition("```sh\n")[2].partition("\n```")[0]
    clone = tmp_path / "clone"
    git.git(theirs.path, "worktree", "add", "--detach", str(clone), "towns")
    subprocess.run(["sh", "-c", script], cwd=clone, check=True)
    assert "city = ?" in (clone / PATH).read_text()
    assert "city = ?" in (clone / OTHER).read_text()
    assert fix_branches(one) == {}
    assert [each["label"] for each in check.actions] == ["Recheck", "Dismiss all"]


def test_a_fork_that_moved_on_gets_none(one: Talk):
    """A patch that was proven on another commit is not offered for this one."""
    state = one.there.state
    theirs = fork(state, one.there.repository, "eve")
    push_files(state, theirs, "towns", {PATH: AFTER, OTHER: AFTER})
    one.there.pull = open_pull_request(
        state, one.there.repository, "main", "towns", "From a fork", author="eve", head_repository=theirs
    )
    one.publish(proven())
    push_files(state, theirs, "towns", {"more.py": "x = 1\n"})

    assert one.say("/suture apply") == "confused"
