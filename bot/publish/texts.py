"""Every sentence that people read on a pull request, and the small functions that fill them."""

from __future__ import annotations

from bot.forge.markers import Marker
from bot.publish import neutral
from bot.records import Conclusion, Examined, Outcome, Policy, Verdict
from bot.review.since import narrowed

SUPERSEDED_TITLE = "Superseded by a newer push"
SUPERSEDED_SUMMARY = (
    "A newer commit took this one's place while it was reviewed. See the check on the newer commit."
)
STOPPED_SUMMARY = (
    "This commit was not reviewed to the end; findings that were not posted by then are not shown. Press "
    "Recheck, write `/suture review`, or push a commit to have it reviewed."
)
PATCH = "Fix as a patch"
FOR_GIT = "for `git apply`"
TOO_LONG = "The patch is too long for a comment."
TEST = "Regression test"
IN_FULL = "The explanation in full"
PLAIN = "plain"
RUN_COLUMNS = "tree | command | exit code | outcome | run under | time"
BY_HAND = "To see it yourself:"
BY_SUTURE = "To have it judged anew, with all gates, in your own sandbox:"
BROKE_OFF = (
    "Suture broke off with an error of its own. Its operator finds the traceback in the worker's log, with "
    "this pull request's number. Re-run the check once it is mended."
)
ENOUGH_FIXES = "So many fixes of Suture's are among the pull request's commits that no more are pushed to it."
ALREADY_FIXED = "A fix of this finding is among the pull request's commits already; it is found all the same."
STAYS_OPEN = "Somebody wrote in this thread, so it stays open: resolve it if you agree."
QUEUED_UNSEEN = (
    "This is not a clean bill. A neutral check run lets the merge queue go on; to have every change reviewed "
    "before it is queued, require this check on the pull request too."
)
VARIANTS = "Same pattern elsewhere, not put to the test"
VARIANTS_LEFT_OUT = "Of the search for the same pattern elsewhere: "
RED = "The regression test: red on this commit, in which it does not stand yet"
RED_AND_GREEN = f"{RED}, and green with the fix"
NOT_CLEAN = "This is not a clean bill: something was left out."


def headline(one: Examined) -> str:
    """Severity, weakness and title."""
    finding = one.finding
    severity = f"{finding.severity.capitalize()} severity"
    return f"**{severity} · {neutral.line(finding.cwe)}: {neutral.line(finding.title)}**"


def matters(why: str) -> str:
    """Why the fix matters; `why` is Markdown."""
    return f"**Why it matters:** {why}"


def proven_on(head: str) -> str:
    """What the line that says "proven" begins with, and no other line of ours."""
    return f"**Proven:** red on {_at(head)}, "


def proven(head: str, unchanged: int) -> str:
    """With how many existing tests were seen to pass as before."""
    old = f"{count(unchanged, 'existing test')} unchanged" if unchanged else "no existing test to compare"
    return f"{proven_on(head)}green with the fix, {old}."


def reproduced(head: str, why_no_fix: str) -> str:
    """With why no fix is called proven, in Markdown."""
    seen = f"the regression test is red on {_at(head)}, but no fix held."
    return f"**Reproduced, no fix:** {seen} {why_no_fix}".rstrip()


def unproven(why: str) -> str:
    """With why it is not, in Markdown."""
    return f"**Not proven:** no run has confirmed this claim. {why}".rstrip()


def _at(head: str) -> str:
    return f"`{head[:7]}`" if head else "the head"


def what_to_do(*, has_suggestion: bool, commit: str, has_patch: bool, refused: str) -> str:
    """How to apply the fix, if there is one, or dismiss the finding; `commit` is where the fix commit is."""
    one = "one commit with the fix and its test"
    ways = [
        "commit the suggestion" if has_suggestion else "",
        f"reply `/suture apply` to get [{one}]({commit})" if commit else "",
        "`git apply` the patch below" if has_patch and not commit else "",
    ]
    apply = " or ".join(way for way in ways if way)
    why = f" No fix commit was pushed. {refused}" if refused and not commit else ""
    dismiss = "**To dismiss it:** reply `/suture dismiss REASON`."
    return f"**To apply it:** {apply}.{why} {dismiss}" if apply else dismiss


def evidence(gates: int, runs: int) -> str:
    """The heading above the evidence."""
    return f"Evidence: {count(gates, 'gate')}, {count(runs, 'sandboxed run')}"


def more_runs(number: int) -> str:
    """Below a table of runs that is too long."""
    return f"_{count(number, 'more run')} of this proof would make the text too long for GitHub._"


def by_suture_with(patch: str, test: str) -> str:
    """Above the command, where no commit has the patch and the test; `test` is Markdown."""
    return f"{BY_SUTURE[:-1]}, save the patch as `{patch}` and the test as {test}, then:"


def line_number(line: int) -> str:
    """A place in the file that the comment stands in."""
    return f"line {line}"


def more_steps(number: int) -> str:
    """On the arrow that stands for them."""
    return count(number, "more step")


def stack_title(number: int) -> str:
    """Of the pull request that has all proven fixes."""
    return f"Proven security fixes for #{number}"


def stack_body(number: int, head: str, fixes: str) -> str:
    """Its description; `fixes` is Markdown."""
    return (
        f"A commit for each finding of #{number} that has a proven fix, with its regression test, on top of "
        f"`{head[:7]}`. Each is proven by itself; fixes of one file are not put on top of each other.\n\n"
        f"{fixes}\n\nTo take them, merge this into the branch of #{number}. After a push there, another pull "
        f"request takes this one's place; it is closed with #{number}."
    )


def stack_over(head: str) -> str:
    """That a newer head took the place of the one that such a pull request was made for."""
    return f"Suture closed this: the pull request is at `{head[:7]}` by now."


STACK_ENDED = "Suture closed this: the pull request that it was made for was closed or merged."


def stack_there(web: str, branch: str) -> str:
    """Where that pull request is found."""
    return f"All proven fixes are [one pull request]({web}/pulls?q=is%3Apr+head%3A{branch}) into this branch."


def read_only(lacks: str) -> str:
    """That the installation lets us read and comment, but not push."""
    return (
        f"This installation does not give Suture the permission *{lacks}*: fixes are shown in the comments, "
        "not pushed, and threads are not resolved. An owner of the account can give it."
    )


def review_body(marker: Marker, number: int) -> str:
    """The words above the inline comments."""
    findings = count(number, "security finding")
    where = f"on `{marker.head[:7]}`"
    return f"{marker}\n{findings} {where}. What was run, and what was left out, is in the check run."


def fixed(head: str, *, is_answered: bool) -> str:
    """In the thread of a finding whose kept test passes."""
    stays = f" {STAYS_OPEN}" if is_answered else ""
    return f"Fixed in `{head[:7]}`: the regression test passes.{stays}"


def removed(head: str, *, is_answered: bool) -> str:
    """In the thread of a finding whose code is gone."""
    stays = f" {STAYS_OPEN}" if is_answered else ""
    return f"Removed in `{head[:7]}`: the code that the regression test runs is gone.{stays}"


def back(head: str) -> str:
    """In the thread of a finding that was said to be fixed."""
    return f"Not fixed in `{head[:7]}`: the defect is there again. What was run stands in the comment above."


def still(head: str) -> str:
    """In the thread of a finding whose lines have changed, and that is there all the same."""
    return (
        f"Still there in `{head[:7]}`, though these lines have changed: the regression test is red. "
        "What was run stands in the comment above."
    )


def unknown(head: str, reason: str) -> str:
    """In the thread of a finding of which a newer head tells nothing."""
    return (
        f"Whether this is fixed in `{head[:7]}` is not known: the review did not report it again, and its "
        f"regression test gave no result. {neutral.prose(reason, 500)}"
    )


def title(outcome: Outcome) -> str:
    """The check run's title: which of the four conclusions it is, in at most 255 characters."""
    match outcome.conclusion:
        case Conclusion.CLEAN:
            remarks = f", {count(len(outcome.remarks), 'remark')}" if outcome.remarks else ""
            beside = f" beside {len(outcome.exempted)} not to be reported" if outcome.exempted else ""
            left = {one.path for one in outcome.not_reviewed}
            read = [one.path for one in outcome.change.files if one.path not in left]
            all_files = count(len(outcome.change.files), "file")
            ignored = sum(one.asked for one in outcome.not_reviewed)
            aside = f", {count(ignored, 'file')} ignored as configured" if ignored else ""
            looked = f"{count(len(read), 'file')} reviewed{_before(outcome, read)}, nothing found"
            glanced = (
                f"nothing in {all_files} bears on security" if outcome.change.files else "nothing to review"
            )
            return f"Clean: {looked if read else glanced}{beside}{aside}{remarks}"
        case Conclusion.FINDINGS:
            proven = sum(one.verdict is Verdict.PROVEN for one in outcome.examined)
            reproduced = sum(one.verdict is Verdict.REPRODUCED for one in outcome.examined)
            parts = [
                f"{proven} proven with a fix" if proven else "",
                f"{reproduced} reproduced" if reproduced else "",
            ]
            more = ", and not everything was reviewed" if outcome.left_open else ""
            return f"Findings: {' and '.join(part for part in parts if part)}{more}"
        case Conclusion.INCOMPLETE:
            return "Incomplete: nothing was confirmed, but not everything was reviewed"
        case Conclusion.FAILED:
            return "Failed: this commit was not reviewed to the end"


def _before(outcome: Outcome, read: list[str]) -> str:
    """How many of the files that were read were read on an earlier commit."""
    kept = outcome.carried
    before = sum(path in kept.paths for path in read) if kept else 0
    return f", {before} of them at {kept.head_sha[:7]}" if kept and before else ""


def reviewed(outcome: Outcome) -> str:
    """What was looked at, on this commit and before."""
    change, kept = outcome.change, outcome.carried
    seen = narrowed(change, kept)
    files, hunks = count(len(seen.files), "file"), count(len(seen.hunks), "hunk")
    said = f"Reviewed: {files}, {hunks} at `{change.head_sha[:7]}`"
    if kept is None:
        return f"{said}."
    others = count(len(change.hunks) - len(seen.hunks), "hunk")
    return (
        f"{said}, all that is in files changed since `{kept.head_sha[:7]}`. {others} in "
        f"{count(len(kept.paths), 'other file')} are as they were when that was reviewed; "
        "`/suture review` looks at everything again."
    )


def queued(number: int, head: str, said: str) -> str:
    """On the commit that a merge queue made for a reviewed pull request."""
    return (
        f"The review of #{number} at `{head[:7]}` ended with: {said}\n\nWhat the queue put below it has "
        "check runs of its own. See the check run on the pull request for the report."
    )


def queued_unseen(number: int) -> str:
    """On the commit that a merge queue made for a pull request whose head nobody has reviewed."""
    return f"Not reviewed: no review of #{number} has ended on its present head"


def blocks(policy: Policy) -> str:
    """Why the check run fails."""
    return f"This check fails: it is asked to for confirmed findings from `{policy.fail_from}` severity on."


def below(policy: Policy, count: int) -> str:
    """Of findings that are listed and not commented."""
    least = f"below `{policy.comment_from}` severity"
    return (
        f"{count} of these {'is' if count == 1 else 'are'} {least} and not commented on the diff, as asked."
    )


def count(number: int, word: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def left_out(sections: int) -> str:
    """Below a body that has no room for all of it."""
    return f"_{count(sections, 'section')} left out: the text would be too long for GitHub._"
