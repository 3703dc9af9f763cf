"""Every sentence that answers a command."""

from __future__ import annotations

from bot.records import Verdict

MAY_NOT = "Suture does what is asked by people who may write to this repository."
UNKNOWN_COMMAND = "Suture knows no such command."
CLOSED = "The pull request is closed; reopen it first."
NOT_A_FINDING = "Name a finding by its id, or write the command below the finding's comment."
NO_REASON = "Say why: the reason is listed with the finding from then on."
NOT_POSTED = "Suture has posted no such finding on this pull request, or more than one that begins so."
NOT_KEPT = (
    "Suture keeps nothing of such a finding on this pull request, or of more than one that begins so. A "
    "review keeps all that it confirms: ask for one with `/suture review`."
)
DISMISSED = (
    "The next reviews of this pull request leave this finding out, and list it with your reason. "
    "`/suture undismiss` takes that back."
)
BY_BUTTON = "all findings of a commit, by the check run's button"
MOVED_ON = (
    "Nothing was dismissed: this button dismisses what was found on its own commit, and the pull request has "
    "moved on from that. Press the one of the newest check run."
)
NOT_DISMISSED = "Nothing of the kind is dismissed on this pull request."
UNDISMISSED = "The next reviews of this pull request report again what they find of this."
NEEDS_ANOTHER = (
    "Noted. Findings of high and critical severity are not left out because the pull request's author says "
    "so: somebody else who may write to this repository has to dismiss it too."
)
ON_A_FORK = "The pull request's head is on a fork, to which Suture does not push."
NO_BRANCH = "There is no fix branch to take it from."
NOT_CARRIED_OUT = "This could not be carried out."


def no_fix(head: str) -> str:
    """That there is nothing to put on the branch."""
    return (
        f"There is no proven fix of that for `{head[:7]}`, the commit that the pull request is at. A fix is "
        "put only on the commit that it was proven on: wait for the review, or ask for one with "
        "`/suture review`."
    )


def not_again(why: str) -> str:
    """That the proof was not run to its end; `why` is Markdown."""
    return f"The proof was not run again, so nothing new is known of it. {why}"


def another_verdict(head: str, before: Verdict) -> str:
    """That a proof run again does not say what it said before."""
    return (
        f"On `{head[:7]}` it was *{before}*. The pull request is reviewed again, which brings the comment "
        "and the check run up to date."
    )


def usage(lead: str, lines: list[str]) -> str:
    """The commands, a line each, below a sentence or none."""
    known = "\n".join(f"- {line}" for line in lines)
    begin = "A command is the first line of a comment on the pull request:"
    return "\n\n".join(part for part in (lead, f"{begin}\n\n{known}") if part)


def stands_alone(word: str) -> str:
    """What to say when more follows a word that takes nothing."""
    return f"Nothing was done: `/suture {word}` has to stand alone on its line."
