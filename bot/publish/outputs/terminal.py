"""The outcome for a person at a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.syntax import Syntax

from bot.publish.neutral import visible
from bot.records import Conclusion, Examined, Outcome, Verdict

LABEL = {
    Verdict.PROVEN: "[bold green]proven[/]",
    Verdict.REPRODUCED: "[bold yellow]reproduced[/]",
    Verdict.UNPROVEN: "[dim]unproven[/]",
}
HEADLINE = {
    Conclusion.CLEAN: "[bold green]clean[/]: every hunk was reviewed and nothing was found",
    Conclusion.FINDINGS: "[bold red]findings[/]",
    Conclusion.INCOMPLETE: "[bold yellow]incomplete[/]: this is not a clean bill",
    Conclusion.FAILED: "[bold red]failed[/]",
}


def render(outcome: Outcome, console: Console) -> None:
    """Print the outcome: findings, then what was dropped, declined and not reviewed, then the conclusion."""
    for one in outcome.examined:
        _finding(one, console)
    for gone in outcome.dropped:
        where = f"{gone.path}:{gone.line}"
        how = "not reported" if gone.is_exempted else "dropped"
        console.print(f"[dim]{how}[/] {_shown(where)} {_shown(gone.title)}: {_shown(gone.reason)}")
    for left in outcome.not_reviewed:
        console.print(f"[yellow]not reviewed[/] {_shown(left.path)}: {_shown(left.reason)}")
    for remark in outcome.remarks:
        where = f"{remark.path}:{remark.line}" if remark.line else remark.path
        console.print(f"[yellow]remark[/] {_shown(where)} {_shown(remark.what)}")
    for variant in outcome.variants.found:
        where = f"{variant.path}:{variant.line}"
        console.print(f"[yellow]same pattern, not put to the test[/] {_shown(where)} {_shown(variant.why)}")
    if outcome.variants.left_out:
        console.print(f"[yellow]same pattern[/] {_shown(outcome.variants.left_out)}")
    for refusal in outcome.declined:
        where = ", ".join(refusal.hunks) or "the whole change"
        instead = f"; looked at by {refusal.covered_by}" if refusal.covered_by else "; nobody looked at it"
        what = f"{refusal.model} declined the {refusal.stage} ({refusal.category}): {where}{instead}"
        console.print(f"[yellow]declined[/] {_shown(what)}")
    _conclusion(outcome, console)


def _shown(text: str) -> str:
    """Other people's words: neither markup nor codes for the terminal act."""
    return escape(visible(text))


def _finding(one: Examined, console: Console) -> None:
    finding = one.finding
    lines = f"{finding.start_line}-{finding.end_line}"
    console.rule(style="dim")
    console.print(
        f"{LABEL[one.verdict]}  [bold]{_shown(finding.title)}[/]  {finding.cwe}, {finding.severity}  "
        f"[cyan]{_shown(finding.path)}:{lines}[/]"
    )
    console.print(Padding(_shown(finding.explanation), (0, 2)))
    console.print(Padding(f"[dim]Why it matters:[/] {_shown(finding.impact)}", (0, 2)))
    for gate in one.proof.gates:
        mark = "[dim]○[/]" if gate.skipped else "[green]✓[/]" if gate.passed else "[red]✗[/]"
        console.print(Padding(f"{mark} {gate.gate} {_shown(gate.detail)}", (0, 4)))
    if one.patch:
        console.print(Padding(Syntax(visible(one.patch.diff), "diff", background_color="default"), (1, 2)))
    if one.test:
        console.print(Padding(f"[dim]regression test[/] {_shown(one.test.path)}", (0, 2)))
        console.print(
            Padding(Syntax(visible(one.test.content), "python", background_color="default"), (1, 2))
        )


def _conclusion(outcome: Outcome, console: Console) -> None:
    console.rule(style="dim")
    counts = {verdict: sum(one.verdict is verdict for one in outcome.examined) for verdict in Verdict}
    parts = [f"{count} {verdict}" for verdict, count in counts.items() if count]
    if exempted := len(outcome.exempted):
        parts.append(f"{exempted} not reported as the repository asks")
    if dropped := len(outcome.dropped) - exempted:
        parts.append(f"{dropped} dropped")
    detail = f" ({', '.join(parts)})" if parts else ""
    failure = f": {_shown(outcome.failure)}" if outcome.failure else ""
    console.print(HEADLINE[outcome.conclusion] + detail + failure)
    usage = outcome.usage
    if usage.model_calls:
        price = "price unknown" if usage.usd is None else f"${usage.usd:.2f}"
        tokens = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
        spent = f"{usage.model_calls} model calls, {tokens} tokens in, {usage.output_tokens} out, {price}"
        console.print(f"[dim]{spent}[/]")
