"""The forge and publishing against the stand-in over HTTP: what stands on the pull request in the end."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.config.files import CONFIG_FILE
from bot.config.read import read_config
from bot.demo.github import close, delete_branch, delete_repository, fork, open_pull_request, push_files
from bot.demo.github import git as github_git
from bot.errors import ForgeUnavailable, GoneError, PermissionMissing, Stopped, Superseded
from bot.forge.writes import CommitFix, FileContent
from bot.house import House
from bot.pipeline import run
from bot.publish.outputs.fix_commits import branch_name
from bot.records import Conclusion, NotReviewed, Outcome, Patch, Proof, Verdict
from bot.regression.lab import Lab
from bot.review.panel import Panel
from bot.review.reviewers.rules import Rules
from bot.sandbox.choose import open_sandbox
from bot.service import failure_teller
from bot.step import never, straight
from tests.fakes.published import AFTER, PATH, TEST, Scene, findings, proven, scene
from tests.fakes.records import a_finding


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Scene]:
    with scene(tmp_path) as made:
        yield made
        assert not made.state.unknown_calls


def api_calls(there: Scene) -> list[str]:
    return [
        f"{one.method} {one.path}" for one in there.state.journal.entries if one.kind in {"rest", "graphql"}
    ]


def publish_all(there: Scene, outcome: Outcome) -> None:
    there.publisher().publish(outcome, straight)


def fix_branches(there: Scene) -> dict[str, str]:
    return github_git.refs(there.repository.path, "refs/heads/suture/fix/")


def test_one_pull_request_from_reading_to_writing(there: Scene) -> None:
    """One review, one fix commit with its test, one check run; eleven calls at most with the tokens'."""
    forge, publisher = there.forge(), there.publisher()

    change = forge.collect()
    publisher.start(change, straight)
    with forge.checkout(change) as tree:
        assert (tree / PATH).read_text() == AFTER
    publisher.publish(findings(change), straight)

    (review,) = there.state.reviews
    (comment,) = there.state.comments
    (check,) = there.state.check_runs
    assert review.commit_sha == change.head_sha
    assert (comment.anchor.path, comment.anchor.start_line, comment.anchor.line) == (PATH, 5, 6)
    assert "```suggestion\n" in comment.body
    assert "**Proven:** red on" in comment.body
    assert (check.status, check.conclusion) == ("completed", "neutral")
    assert check.title == "Findings: 1 proven with a fix"
    ((branch, tip),) = fix_branches(there).items()
    shown = github_git.git(there.repository.path, "show", "--format=%P%n%B", "--stat", tip).decode()
    assert f"{change.head_sha}\n" in shown
    assert "Suture-Finding: 0123456789abcdef" in shown
    fixed = github_git.git(there.repository.path, "show", f"{tip}:{PATH}").decode()
    assert "city = ?" in fixed
    assert branch.rpartition("heads/")[2] in comment.body
    calls = api_calls(there)
    assert len(calls) - 2 <= 12, calls  # two processes here: two tokens, and the pull request read twice
    assert len([one for one in calls if one.endswith("/access_tokens")]) == 3


def test_a_fault_of_the_program_is_shown_as_a_failure(there: Scene) -> None:
    """The check run of a job that broke off says so once, and never looks like clean."""
    change = there.forge().collect()
    there.publisher().start(change, straight)

    for _ in range(2):
        failure_teller(there.settings)(there.job())

    (check,) = there.state.check_runs
    assert (check.status, check.conclusion) == ("completed", "neutral")
    assert (check.title or "").startswith("Failed")
    assert "Suture broke off" in (check.summary or "")
    assert there.state.reviews == []


def test_a_review_that_cannot_be_published_leaves_no_check_run_open(there: Scene) -> None:
    """It ends as failed, with the reason, and the error is the job's."""
    lab = Lab(open_sandbox(there.settings), (), lambda tree: pytest.fail(str(tree)), never, 1.0)
    house = House(there.forge(), Panel((Rules(),)), lab, there.publisher())
    gone = {"data": None, "errors": [{"type": "NOT_FOUND", "message": "Could not resolve"}]}
    there.state.faults.add("POST", "/graphql", 200, times=9, body_regex="reviewThreads", answer=gone)

    with pytest.raises(GoneError):
        run(house, straight)

    (check,) = there.state.check_runs
    assert (check.status, check.conclusion) == ("completed", "neutral")
    assert (check.title or "").startswith("Failed")
    assert "Could not resolve" in (check.summary or "")


def test_a_review_that_was_stopped_before_it_began_says_so(there: Scene) -> None:
    """The head gets its check run, with the button that starts it again; a newer push leaves none behind."""
    change, publisher = there.forge().collect(), there.publisher()

    publisher.superseded(change, Superseded("A newer push."))
    assert there.state.check_runs == []
    publisher.superseded(change, Stopped("Stopped by @erin."))

    (check,) = there.state.check_runs
    assert (check.conclusion, check.title) == ("cancelled", "Stopped by @erin.")


def test_publishing_twice_changes_nothing(there: Scene) -> None:
    """A re-run finds its own comment, review, commit and check run; how long a run took is no news."""
    change = there.forge().collect()
    publish_all(there, findings(change))
    bodies = [one.body for one in there.state.comments]
    slower = proven()
    slower = replace(
        slower, proof=replace(slower.proof, runs=tuple(replace(r, seconds=9.9) for r in slower.proof.runs))
    )

    publish_all(there, findings(change))
    publish_all(there, findings(change, slower))

    assert [one.body for one in there.state.comments] == bodies
    assert (len(there.state.reviews), len(fix_branches(there)), len(there.state.check_runs)) == (1, 1, 1)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", r"/repos/.*/check-runs", ""),
        ("POST", r"/graphql", "createCommitOnBranch"),
        ("POST", r"/repos/.*/reviews", ""),
        ("PATCH", r"/repos/.*/check-runs", ""),
    ],
)
@pytest.mark.parametrize("took_effect", [True, False])
def test_an_answer_that_was_lost_is_not_a_second_write(
    there: Scene, method: str, path: str, body: str, took_effect: bool
) -> None:
    """After a 502 the forge looks before it writes again."""
    publisher = there.publisher()
    change = there.forge().collect()
    there.state.faults.add(method, path, 502, took_effect=took_effect, body_regex=body)

    publisher.start(change, straight)
    publisher.publish(findings(change), straight)

    assert (len(there.state.reviews), len(there.state.comments), len(there.state.check_runs)) == (1, 1, 1)
    assert len(fix_branches(there)) == 1
    assert there.state.check_runs[0].conclusion == "neutral"
    assert not there.state.faults.waiting


def make_branch(there: Scene, sha: str) -> str:
    """Put the branch of the fix there before the fix; its name."""
    name = f"refs/heads/{branch_name(1, proven().finding.id, there.pull.head_sha)}"
    github_git.update_ref(there.repository.path, name, sha)
    return name


def test_a_branch_made_without_its_commit_is_used(there: Scene) -> None:
    """A call that got as far as the branch is finished by the next one."""
    change = there.forge().collect()
    publisher = there.publisher()
    branch = ""

    def half() -> None:
        nonlocal branch
        branch = make_branch(there, change.head_sha)

    there.state.faults.add("POST", "/graphql", 502, body_regex="createRef", before=half)
    publisher.publish(findings(change), straight)

    ((name, tip),) = fix_branches(there).items()
    assert name == branch
    assert github_git.read_commit(there.repository.path, tip).parents == (change.head_sha,)
    assert branch.removeprefix("refs/heads/") in there.state.comments[0].body


def test_a_branch_with_something_else_is_left_alone(there: Scene) -> None:
    """What is not our fix is neither built on nor removed; the comment carries the patch."""
    change = there.forge().collect()
    publisher = there.publisher()

    there.state.faults.add(
        "POST", "/graphql", 0, body_regex="createRef", before=lambda: make_branch(there, change.base_sha)
    )
    publisher.publish(findings(change), straight)

    assert list(fix_branches(there).values()) == [change.base_sha]
    assert "holds something that is not our fix" in there.state.comments[0].body
    assert "Fix as a patch" in there.state.comments[0].body


def test_a_refused_commit_leaves_no_branch(there: Scene) -> None:
    """The branch that was made for it is taken away again."""
    change = there.forge().collect()
    workflow = (FileContent(".github/workflows/ci.yml", b"on: push\n"),)
    write = CommitFix("0123456789abcdef", "suture/fix/pr-1-x", change.head_sha, "Fix", "", workflow)

    with pytest.raises(PermissionMissing, match="workflows"):
        there.forge().carry_out(write)

    assert not fix_branches(there)


def test_a_check_run_is_ended_without_looking_for_it(there: Scene) -> None:
    """The state says its number; annotations, which GitHub appends, are not sent a second time."""
    change = there.forge().collect()
    there.publisher().start(change, straight)
    claim = findings(change, proven(finding=a_finding(path=PATH, start_line=90, end_line=90), patch=None))

    publish_all(there, Outcome(change, Conclusion.CLEAN))
    assert there.state.journal.calls("GET", r"/repos/.*/check-runs")[1:] == []
    publish_all(there, claim)
    publish_all(there, claim)

    (check,) = there.state.check_runs
    assert (len(check.annotations), check.conclusion) == (1, "neutral")


def test_a_limit_is_waited_for_as_long_as_github_says(there: Scene) -> None:
    """retry-after is obeyed, on writes too, and not beyond what a job may wait."""
    publisher = there.publisher()
    change = there.forge().collect()
    there.state.faults.secondary_limit("POST", r"/repos/.*/reviews", retry_after=7)

    publisher.publish(findings(change), straight)

    assert there.naps == [7.0]
    assert len(there.state.reviews) == 1
    there.state.faults.secondary_limit("GET", r"/repos/.*/pulls", retry_after=3600)
    with pytest.raises(ForgeUnavailable, match="3600 seconds"):
        there.forge().collect()


def test_a_head_that_moved_is_left_alone(there: Scene) -> None:
    """Nothing is said of a replaced head; its check run is closed as cancelled."""
    old = there.job()
    change = there.forge(old).collect()
    there.publisher(old).start(change, straight)
    push_files(there.state, there.repository, "cities", {"more.py": "x = 1\n"})

    with pytest.raises(Superseded):
        there.forge(old).collect()
    there.publisher(old).publish(findings(change), straight)

    assert not there.state.reviews
    assert not fix_branches(there)
    assert [one.conclusion for one in there.state.check_runs] == ["cancelled"]


def test_nothing_is_opened_to_be_cancelled(there: Scene) -> None:
    """A job that never showed itself leaves no trace on a replaced head."""
    job = there.job()
    there.publisher(job).superseded(there.forge(job).named(), Superseded("A newer push."))

    assert not there.state.check_runs


def test_a_push_between_planning_and_posting_stops_the_review(there: Scene) -> None:
    """The head is read again right before a review is posted."""
    publisher = there.publisher()
    change = there.forge().collect()

    def push() -> None:
        push_files(there.state, there.repository, "cities", {"more.py": "x = 1\n"})

    there.state.faults.add("POST", r"/repos/.*/reviews", 0, before=push)
    with pytest.raises(Superseded):
        publisher.publish(findings(change), straight)

    assert not there.state.reviews


def test_a_newer_head_updates_the_comment_that_stands(there: Scene) -> None:
    """The finding is said once; its comment then tells of the new head. Its lines are as they were."""
    publish_all(there, findings(there.forge().collect()))
    push_files(there.state, there.repository, "cities", {"more.py": "x = 1\n"})

    change = there.forge().collect()
    publish_all(there, findings(change))
    publish_all(there, findings(change))

    (comment,) = there.state.comments
    assert f"red on `{change.head_sha[:7]}`" in comment.body
    assert "```suggestion" in comment.body
    assert len(there.state.reviews) == 1
    assert len(fix_branches(there)) == 2


def test_a_suggestion_goes_when_its_lines_have_changed(there: Scene) -> None:
    """It would be committed over what stands there now."""
    publish_all(there, findings(there.forge().collect()))
    (comment,) = there.state.comments
    lines = github_git.git(there.repository.path, "show", f"cities:{PATH}").decode().splitlines()
    lines[comment.anchor.line - 1] += "  # for now"
    push_files(there.state, there.repository, "cities", {PATH: "\n".join(lines) + "\n"})

    publish_all(there, findings(there.forge().collect()))

    assert there.pull.head_sha[:7] in comment.body
    assert "```suggestion" not in comment.body


def test_a_line_that_github_refuses_costs_only_its_own_place(there: Scene) -> None:
    """After a review refused as a whole, comments go singly; what has no line goes into the body."""
    publisher = there.publisher()
    change = there.forge().collect()
    second = proven(finding=a_finding(id="feedfeedfeedfeed", path=PATH, start_line=5, end_line=5), patch=None)
    answer = {"message": "Unprocessable Entity", "errors": ["Line could not be resolved"]}
    there.state.faults.add("POST", r"/repos/.*/reviews", 422, answer=answer)
    there.state.faults.add("POST", r"/repos/.*/pulls/1/comments", 422, answer=answer, body_regex="feedfeed")

    publisher.publish(findings(change, proven(), second), straight)

    assert ["0123456789abcdef" in one.body for one in there.state.comments] == [True]
    (review,) = [one for one in there.state.reviews if one.body]
    assert "`shop/customers.py:5`:" in review.body
    assert "SQL injection" in review.body
    before = (len(there.state.reviews), len(there.state.comments))
    there.publisher().publish(findings(change, proven(), second), straight)
    assert (len(there.state.reviews), len(there.state.comments)) == before


def test_dying_amid_single_comments_repeats_none(there: Scene) -> None:
    """What was posted singly is found again when the review is tried anew."""
    publisher = there.publisher()
    change = there.forge().collect()
    second = proven(finding=a_finding(id="feedfeedfeedfeed", path=PATH, start_line=5, end_line=5), patch=None)
    there.state.faults.add("POST", r"/repos/.*/reviews", 422, answer={"message": "Unprocessable Entity"})
    there.state.faults.add("POST", r"/repos/.*/reviews", 502)

    publisher.publish(findings(change, proven(), second), straight)

    assert len(there.state.comments) == 2
    assert len([one for one in there.state.reviews if one.body]) == 1
    assert not there.state.faults.waiting


@pytest.mark.parametrize("conclusion", [Conclusion.CLEAN, Conclusion.INCOMPLETE, Conclusion.FAILED])
def test_without_findings_there_is_only_the_check_run(there: Scene, conclusion: Conclusion) -> None:
    """Each of the other conclusions says which it is, and only clean is a success."""
    change = there.forge().collect()
    left = (NotReviewed("big.py", "too large"),) if conclusion is Conclusion.INCOMPLETE else ()
    failure = "No sandbox: install bubblewrap." if conclusion is Conclusion.FAILED else ""

    publish_all(there, Outcome(change, conclusion, not_reviewed=left, failure=failure))

    (check,) = there.state.check_runs
    assert not there.state.reviews
    assert (check.conclusion == "success") is (conclusion is Conclusion.CLEAN)
    assert check.title is not None
    assert check.title.lower().startswith(conclusion)
    assert check.summary is not None
    assert ("big.py" in check.summary, "bubblewrap" in check.summary) == (bool(left), bool(failure))


def test_a_fork_gets_the_patch_and_no_branch(there: Scene) -> None:
    """Code of a stranger is not put on a branch of the repository, where its workflows have secrets."""
    theirs = fork(there.state, there.repository, "eve")
    push_files(there.state, theirs, "cities", {PATH: AFTER + "\n\nx = 1\n"})
    there.pull = open_pull_request(
        there.state, there.repository, "main", "cities", "From a fork", author="eve", head_repository=theirs
    )
    change = there.forge().collect()
    with there.forge().checkout(change) as tree:
        assert "x = 1" in (tree / PATH).read_text()

    publish_all(there, findings(change))
    delete_repository(there.state, theirs)

    assert change.head_repository == "eve/shop"
    assert not fix_branches(there)
    (comment,) = there.state.comments
    assert "No fix commit was pushed." in comment.body
    assert "Fix as a patch" in comment.body
    assert there.forge().collect().head_repository is None


def test_a_protected_branch_is_answered_by_the_patch(there: Scene) -> None:
    """When GitHub refuses the fix commit, the comment carries the patch instead."""
    publisher = there.publisher()
    change = there.forge().collect()
    refusal = {
        "data": {"createRef": None, "createCommitOnBranch": None},
        "errors": [
            {"type": "UNPROCESSABLE", "message": "Repository rule violations found", "path": ["createRef"]},
            {"type": "NOT_FOUND", "message": "Branch does not exist.", "path": ["createCommitOnBranch"]},
        ],
    }
    there.state.faults.add("POST", "/graphql", 200, answer=refusal, body_regex="createRef")

    publisher.publish(findings(change), straight)

    (comment,) = there.state.comments
    assert "Repository rule violations found" in comment.body
    assert "Fix as a patch" in comment.body


def test_a_closed_pull_request_is_not_reviewed(there: Scene) -> None:
    """The error says so, and nothing but the check run is written when it was closed meanwhile."""
    change = there.forge().collect()
    close(there.state, there.pull)

    publish_all(there, findings(change))

    assert not there.state.reviews
    assert len(there.state.check_runs) == 1
    with pytest.raises(GoneError, match="closed"):
        there.forge().collect()


def test_a_deleted_head_branch_can_still_be_read(there: Scene) -> None:
    """GitHub keeps the head of a pull request; a repository that is gone is said to be."""
    job = there.job()
    change = there.forge(job).collect()
    delete_branch(there.state, there.repository, "cities")

    with there.forge(job).checkout(change) as tree:
        assert (tree / PATH).is_file()
    with pytest.raises(GoneError):
        there.forge(replace(job, repository="acme/nowhere")).collect()


def test_the_base_is_the_branch_as_it_was_when_the_change_was_collected(there: Scene) -> None:
    """Its tip, not the merge base and nothing of the head; a killed job comes back to the same commit."""
    push_files(there.state, there.repository, "main", {"RULES": "first"})
    change = there.forge().collect()
    with there.forge().base_tree(change) as before:
        assert before is not None
        assert (before / "RULES").read_text() == "first"
        assert (before / PATH).read_text() != AFTER

    push_files(there.state, there.repository, "main", {"RULES": "second"})

    with there.forge().base_tree(change) as again:
        assert again == before
    with there.forge().base_tree(there.forge().collect()) as later:
        assert later is not None
        assert (later / "RULES").read_text() == "second"


def test_a_pull_request_does_not_change_the_rules_it_is_reviewed_by(there: Scene) -> None:
    """Whatever its own branch has in their place, what holds is the base's."""
    asks = "do_not_report:\n  - paths: ['{}']\n    reason: so\n"
    push_files(there.state, there.repository, "main", {CONFIG_FILE: asks.format("docs/**")})
    push_files(there.state, there.repository, "cities", {CONFIG_FILE: asks.format("**")})
    forge = there.forge()
    change = forge.collect()

    with forge.checkout(change) as head, forge.base_tree(change) as base:
        assert (head / CONFIG_FILE).read_text() == asks.format("**")
        config = read_config(base)

    assert [one.entry.paths for one in config.do_not_report] == [("docs/**",)]
    assert CONFIG_FILE in {file.path for file in change.files}


def test_a_base_that_is_gone_is_none(there: Scene) -> None:
    """A branch that was rewritten, and nothing kept of it here, is no fault of the change."""
    change = replace(there.forge().collect(), base_tip="c" * 40)

    with there.forge().base_tree(change) as tree:
        assert tree is None


def test_no_git_token_in_arguments_or_on_disk(there: Scene) -> None:
    """The token reaches git by its environment alone."""
    change = there.forge().collect()
    with there.forge().checkout(change):
        pass

    data = there.settings.data
    found = subprocess.run(
        ["grep", "-rlE", "ghs_|x-access-token|Authorization", data], capture_output=True, check=False
    )
    assert found.stdout == b""
    assert {one.status for one in there.state.journal.entries if one.kind == "git"} <= {200}


def test_missing_permission_says_which(there: Scene) -> None:
    """An owner learns what to accept."""
    there.installation.permissions.pop("checks")

    with pytest.raises(PermissionMissing, match="checks: write"):
        there.forge().collect()


def test_many_files_and_every_reason(tmp_path: Path) -> None:
    """Files beyond the first hundred are read, and what is left out has its reason."""
    files: dict[str, bytes | str | None] = {f"m/{number:03}.py": f"x = {number}\n" for number in range(120)}
    files |= {
        "blob.dat": b"\0\1",
        "empty.py": "",
        "latin.py": "s = 'é'\n".encode("latin-1"),
        "uv.lock": "x\n",
    }
    with scene(tmp_path, {PATH: AFTER} | files) as there:
        change = there.forge().collect()

    assert len(change.files) == 121
    assert {one.path: one.in_scope for one in change.not_reviewed} == {
        "blob.dat": True,
        "empty.py": False,
        "latin.py": True,
        "uv.lock": False,
    }


def test_a_patch_that_leads_out_of_the_tree_is_not_committed(there: Scene) -> None:
    """Whatever a fix names, only files of the head are read and written."""
    change = there.forge().collect()
    evil = "--- a/../../etc/hostname\n+++ b/../../etc/hostname\n@@ -1 +1 @@\n-a\n+b\n"

    publish_all(there, findings(change, proven(patch=Patch(evil))))

    assert not fix_branches(there)
    assert len(there.state.comments) == 1


def test_unproven_claims_are_only_counted(there: Scene) -> None:
    """What no run confirmed is not said inline."""
    change = there.forge().collect()
    claim = proven(proof=Proof(Verdict.UNPROVEN), patch=None, test=None)

    publish_all(there, Outcome(change, Conclusion.INCOMPLETE, (claim,)))

    assert not there.state.comments
    assert "1 more claim" in (there.state.check_runs[0].summary or "")


def test_the_test_is_in_the_fix_commit(there: Scene) -> None:
    """Fix and regression test are one commit."""
    publish_all(there, findings(there.forge().collect()))

    (tip,) = fix_branches(there).values()
    names = github_git.git(there.repository.path, "show", "--format=", "--name-only", tip).decode().split()
    assert sorted(names) == sorted([PATH, TEST.path])
