"""The check run's report: what was confirmed, and what was not looked at and why."""

from __future__ import annotations

from bot.publish import neutral, texts
from bot.publish.evidence import gates_list, proof_line, runs_table
from bot.publish.sections import MOST, details, fold
from bot.records import Answer, Conclusion, Examined, Outcome, Reason, Usage, Verdict

MOST_ROWS = 50
NAMED = frozenset({Reason.NO_RUNNER, Reason.BUDGET_SPENT, Reason.VETOED})  # unproven, for a reason to be told
FAILED_ADVICE = (
    "So nothing here tells that this commit is sound. Push again or re-run the check to try again."
)


def summary(outcome: Outcome, not_inline: int = 0, quiet: int = 0) -> str:
    """The report without the evidence; at most 60,000 characters."""
    shown = [one for one in outcome.examined if one.verdict is not Verdict.UNPROVEN]
    rest = [one for one in outcome.examined if one.verdict is Verdict.UNPROVEN]
    own = [one for one in rest if one.finding.is_by_repository]
    named = [one for one in rest if one not in own and _is_named(one)]
    untried = len(rest) - len(own) - len(named)
    parts = [
        _lead(outcome),
        texts.blocks(outcome.policy) if outcome.blocks else "",
        _findings(shown),
        texts.below(outcome.policy, quiet) if quiet else "",
        f"{not_inline} of these have no comment on the diff and are marked as annotations."
        if not_inline
        else "",
        f"{untried} more claims could not be put to the test; they are not shown." if untried else "",
        _own(own),
        _unproven(named),
        _variants(outcome),
        _not_reviewed(outcome),
        _remarks(outcome),
        _declined(outcome),
        _rechecked(outcome),
        _exempted(outcome),
        _dropped(outcome),
        _usage(outcome.usage),
    ]
    return fold(parts, MOST)


def evidence(outcome: Outcome) -> str:
    """The runs and gates of every confirmed finding; empty when there is none."""
    parts = [_proof(one, outcome.change.head_sha) for one in outcome.examined if one.proof.runs]
    return fold(parts, MOST)


def _lead(outcome: Outcome) -> str:
    what = texts.reviewed(outcome)
    match outcome.conclusion:
        case Conclusion.CLEAN:
            beside = " beside what this repository asks not to report" if outcome.exempted else ""
            return f"Nothing was found{beside}. {what}"
        case Conclusion.FINDINGS:
            more = f" {texts.NOT_CLEAN}" if outcome.left_open else ""
            return f"{what}{more}"
        case Conclusion.INCOMPLETE:
            return f"{texts.NOT_CLEAN} {what}"
        case Conclusion.FAILED:
            return f"{neutral.prose(outcome.failure)}\n\n{FAILED_ADVICE}"


def _findings(shown: list[Examined]) -> str:
    rows = [
        f"| {one.verdict} | {one.finding.severity} | {neutral.line(one.finding.cwe)} | "
        f"{neutral.line(one.finding.title)} | {_place(one.finding.path, one.finding.start_line)} | "
        f"{neutral.cell(one.finding.id[:8])} |"
        for one in shown
    ]
    return _table("### Findings", "verdict | severity | weakness | title | place | id", rows)


def _own(untried: list[Examined]) -> str:
    """Claims of the repository's own rules are named though no run confirmed them: it asked for them."""
    rows = [
        f"| {one.finding.severity} | {neutral.line(one.finding.cwe)} | {neutral.line(one.finding.title)} | "
        f"{_place(one.finding.path, one.finding.start_line)} | {neutral.cell(one.finding.rule)} |"
        for one in untried
    ]
    heading = "### By this repository's own rules, not put to the test"
    return _table(heading, "severity | weakness | title | place | rule", rows)


def _is_named(one: Examined) -> bool:
    return any(gate.reason in NAMED for gate in one.proof.gates)


def _unproven(unproven: list[Examined]) -> str:
    """A reviewer's word alone, and said so: no runner, no money for a test, or a veto after the runs."""
    rows = [
        f"| {one.finding.severity} | {neutral.line(one.finding.cwe)} | {neutral.line(one.finding.title)} | "
        f"{_place(one.finding.path, one.finding.start_line)} | {neutral.line(one.proof.gates[-1].detail)} |"
        for one in unproven
    ]
    heading = "### Unproven, and not posted on the diff"
    return _table(heading, "severity | weakness | title | place | why", rows)


def _variants(outcome: Outcome) -> str:
    """Places like a proven one, and how far they were looked for."""
    titles = {one.finding.id: one.finding.title for one in outcome.examined}
    rows = [
        f"| {_place(one.path, one.line)} | {neutral.line(one.why)} | "
        f"{neutral.line(titles.get(one.finding, one.finding))} | {neutral.line(one.found_by)} |"
        for one in outcome.variants.found
    ]
    table = _table(f"### {texts.VARIANTS}", "place | what | as in | found by", rows)
    left_out = outcome.variants.left_out
    return "\n\n".join(
        part for part in (table, f"{texts.VARIANTS_LEFT_OUT}{left_out}." if left_out else "") if part
    )


def _not_reviewed(outcome: Outcome) -> str:
    first = sorted(outcome.not_reviewed, key=lambda one: not one.in_scope)
    rows = [f"| {neutral.cell(one.path)} | {neutral.line(one.reason, 300)} |" for one in first]
    return _table("### Not reviewed", "file | why", rows)


def _remarks(outcome: Outcome) -> str:
    rows = [f"| {_place(one.path, one.line)} | {neutral.line(one.what, 400)} |" for one in outcome.remarks]
    return _table("### Remarks", "place | what", rows)


def _declined(outcome: Outcome) -> str:
    rows = [
        f"| {neutral.line(one.model)} | {neutral.line(one.stage)} | {neutral.line(one.category)} | "
        f"{neutral.line(', '.join(one.hunks) or 'all', 300)} | {neutral.line(one.covered_by) or 'nobody'} |"
        for one in outcome.declined
    ]
    return _table("### Declined by a model", "model | step | why | places | looked at instead by", rows)


ANSWERS = {
    Answer.FIXED: "fixed: its test passes",
    Answer.REMOVED: "removed: the code that it tests is gone",
    Answer.STILL_THERE: "still there: its test is red",
    Answer.UNKNOWN: "not known: ",
}


def _rechecked(outcome: Outcome) -> str:
    rows = [
        f"| {neutral.line(one.kept.finding.title)} | "
        f"{_place(one.kept.finding.path, one.kept.finding.start_line)} | "
        f"{neutral.cell(one.kept.test.path)} | {ANSWERS[one.answer]}{neutral.line(one.reason, 400)} |"
        for one in outcome.rechecked
    ]
    heading = "### Confirmed on earlier commits, and not by this review"
    return _table(heading, "title | place | regression test | on this commit", rows)


def _exempted(outcome: Outcome) -> str:
    rows = [
        f"| {neutral.line(one.title)} | {neutral.line(one.cwe)} | {_place(one.path, one.line)} | "
        f"{neutral.line(one.reason, 500)} |"
        for one in outcome.exempted
    ]
    table = _table("", "claim | weakness | place | why", rows)
    return _details(len(rows), "that this repository asks not to report", table)


def _dropped(outcome: Outcome) -> str:
    rows = [
        f"| {neutral.line(one.title)} | {_place(one.path, one.line)} | {neutral.line(one.stage)} | "
        f"{neutral.line(one.reason, 300)} |"
        for one in outcome.dropped
        if not one.is_exempted
    ]
    table = _table("", "claim | place | dropped in | why", rows)
    return _details(len(rows), "that no run confirmed", table)


def _details(count: int, which: str, table: str) -> str:
    """A table that is folded, under how many claims it has; empty for none."""
    claims = "1 claim" if count == 1 else f"{count} claims"
    return f"<details><summary>{claims} {which}</summary>\n\n{table.strip()}\n\n</details>" if count else ""


def _table(heading: str, columns: str, rows: list[str]) -> str:
    if not rows:
        return ""
    rule = "|".join("---" for _ in columns.split("|"))
    more = [f"\n{len(rows) - MOST_ROWS} more."] if len(rows) > MOST_ROWS else []
    return "\n".join([f"{heading}\n", f"| {columns} |", f"|{rule}|", *rows[:MOST_ROWS], *more])


def _place(path: str, line: int) -> str:
    return neutral.cell(f"{path}:{line}" if line else path)


def _usage(usage: Usage) -> str:
    if not usage.model_calls:
        return ""
    tokens = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
    price = "" if usage.usd is None else f", ${usage.usd:.2f}"
    return f"Model: {usage.model_calls} calls, {tokens:,} tokens in, {usage.output_tokens:,} out{price}."


def _proof(one: Examined, head: str) -> str:
    """What was seen in a line; every gate and run folded below it."""
    place = _place(one.finding.path, one.finding.start_line)
    heading = texts.evidence(len(one.proof.gates), len(one.proof.runs))
    return "\n\n".join(
        [
            f"### {neutral.line(one.finding.title)} ({place})",
            proof_line(one, head),
            details(heading, gates_list(one.proof.gates), runs_table(one.proof.runs)),
        ]
    )
