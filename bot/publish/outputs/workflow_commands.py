"""The outcome as workflow commands of GitHub Actions: annotations of findings and remarks, the conclusion."""

from __future__ import annotations

from bot.publish import texts
from bot.publish.neutral import cut, visible
from bot.records import Conclusion, Examined, Outcome, Severity, Verdict

COMMAND = {
    Severity.LOW: "notice",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "error",
}
KIND = {
    Conclusion.CLEAN: "notice",
    Conclusion.FINDINGS: "notice",
    Conclusion.INCOMPLETE: "warning",
    Conclusion.FAILED: "error",
}
MOST_TEXT = 4_000  # characters of one annotation


def render(outcome: Outcome) -> str:
    """A command a line, nothing else. GitHub shows the first ten of each kind; the job summary has all."""
    shown = [one for one in outcome.examined if one.verdict is not Verdict.UNPROVEN]
    kind = "notice" if shown else KIND[outcome.conclusion]
    said = f"{texts.title(outcome)}. {outcome.failure}".strip()
    remarks = [
        _command("notice", {"file": one.path, "line": str(max(1, one.line)), "title": "Suture"}, one.what)
        for one in outcome.remarks
    ]
    lines = [*map(_finding, shown), *remarks, _command(kind, {"title": "Suture"}, said)]
    return "".join(f"{line}\n" for line in lines)


def _finding(one: Examined) -> str:
    finding = one.finding
    place = {
        "file": finding.path,
        "line": str(finding.start_line),
        "endLine": str(finding.end_line),
        "title": f"{finding.cwe}: {finding.title} ({one.verdict})",
    }
    words = "\n\n".join(part for part in (finding.explanation, finding.impact) if part)
    return _command(COMMAND[finding.severity], place, words)


def _command(kind: str, properties: dict[str, str], text: str) -> str:
    given = ",".join(f"{name}={_escaped_property(value)}" for name, value in properties.items())
    return f"::{kind} {given}::{_escaped(cut(visible(text), MOST_TEXT))}"


def _escaped(text: str) -> str:
    """Such that the text cannot end its line, and with it the command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(visible(text)).replace(":", "%3A").replace(",", "%2C")
