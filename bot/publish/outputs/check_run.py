"""Output: the check run, with one of four conclusions and the runs as evidence."""

from __future__ import annotations

from collections.abc import Iterable

from bot.errors import Stopped, Superseded
from bot.forge.writes import Annotation, Button, CheckConclusion, CompleteCheck
from bot.publish import report, texts
from bot.publish.evidence import proof_line
from bot.publish.neutral import cut, visible
from bot.publish.outputs.fix_commits import why_not_here
from bot.records import Change, Conclusion, Examined, Outcome, Verdict

APPLY = Button("apply", "Apply proven fixes", "A commit each, on this branch")
RECHECK = Button("review", "Recheck", "Review this pull request once more")
DISMISS = Button("dismiss", "Dismiss all", "Leave these findings out from now on")

# Advice does not block a merge; a repository's policy may make it do so.
CONCLUSIONS: dict[Conclusion, CheckConclusion] = {
    Conclusion.CLEAN: "success",
    Conclusion.FINDINGS: "neutral",
    Conclusion.INCOMPLETE: "neutral",
    Conclusion.FAILED: "neutral",
}


def render(
    outcome: Outcome,
    external_id: str,
    not_inline: Iterable[Examined],
    check_run_id: int | None = None,
    lacks: str = "",
    quiet: int = 0,
    stack: str = "",
) -> CompleteCheck:
    """The finished check run; findings without an inline comment become annotations, but for the `quiet`
    ones that are not grave enough for the diff.

    It says once which permission the installation lacks, and where the `stack` of all fixes is.
    """
    rest = tuple(not_inline)
    parts = (report.summary(outcome, len(rest), quiet), stack, texts.read_only(lacks) if lacks else "")
    return CompleteCheck(
        head_sha=outcome.change.head_sha,
        external_id=external_id,
        conclusion="failure" if outcome.blocks else CONCLUSIONS[outcome.conclusion],
        title=cut(texts.title(outcome), 255),
        summary="\n\n".join(part for part in parts if part),
        text=report.evidence(outcome),
        annotations=tuple(_annotation(one, outcome.change) for one in rest),
        check_run_id=check_run_id,
        buttons=_buttons(outcome, lacks),
    )


def _buttons(outcome: Outcome, lacks: str) -> tuple[Button, ...]:
    confirmed = any(one.verdict is not Verdict.UNPROVEN for one in outcome.examined)
    return (
        *((APPLY,) if _has_fixes(outcome) and not lacks else ()),
        RECHECK,
        *((DISMISS,) if confirmed else ()),
    )


def _has_fixes(outcome: Outcome) -> bool:
    """Whether there may be fix commits of ours."""
    if why_not_here(outcome.change):
        return False
    return any(one.verdict is Verdict.PROVEN and one.patch and one.test for one in outcome.examined)


def cancelled(change: Change, external_id: str, why: Superseded | None = None) -> CompleteCheck:
    """The check run of a head that a newer push replaced, or whose review somebody stopped."""
    title, summary = texts.SUPERSEDED_TITLE, texts.SUPERSEDED_SUMMARY
    buttons: tuple[Button, ...] = ()
    if isinstance(why, Stopped):
        title, summary, buttons = cut(visible(str(why)), 255), texts.STOPPED_SUMMARY, (RECHECK,)
    return CompleteCheck(change.head_sha, external_id, "cancelled", title, summary, "", buttons=buttons)


def _annotation(one: Examined, change: Change) -> Annotation:
    finding = one.finding
    proof = proof_line(one, change.head_sha).replace("**", "").replace("`", "")
    message = f"{visible(finding.explanation)}\n\n{visible(finding.impact)}\n\n{proof}"
    title = cut(visible(f"{finding.cwe}: {finding.title}").replace("\n", " "), 255)
    return Annotation(
        finding.path, finding.start_line, finding.end_line, "warning", title, cut(message, 16_000)
    )
