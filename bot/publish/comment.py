"""One inline comment, put together of the sentences in `texts`."""

from __future__ import annotations

from dataclasses import dataclass

from bot.diff.parse import parse_diff
from bot.forge.markers import Marker
from bot.publish import neutral, texts
from bot.publish.evidence import proof_line, runs_table
from bot.publish.sections import MOST, details, fold
from bot.publish.suggestion import Suggestion
from bot.records import Examined, Patch, RegressionTest


@dataclass(frozen=True, slots=True)
class Links:
    """Where things are on the web; empty where there is none."""

    repository: str = ""  # https://HOST/OWNER/NAME
    branch: str = ""  # of the fix commit
    head: str = ""

    @property
    def compare(self) -> str:
        return f"{self.repository}/compare/{self.head}...{self.branch}"


def comment(
    one: Examined, marker: Marker, links: Links, suggested: Suggestion | None, refused: str = ""
) -> str:
    """One inline comment: what is wrong, why to mend it, how it was proven, and the mend."""
    finding = one.finding
    test = one.test
    parts = [
        f"{marker}\n{texts.headline(one)}",
        neutral.prose(finding.explanation),
        f"**Why it matters:** {neutral.prose(finding.impact, 800)}" if finding.impact.strip() else "",
        proof_line(one, links.head),
        suggested.block() if suggested else "",
        _mend(one, links, suggested, refused),
        _evidence(one, links),
        details("Regression test", neutral.code(test.path), _code_block(test)) if test else "",
    ]
    return fold(parts, MOST)


def _mend(one: Examined, links: Links, suggested: Suggestion | None, refused: str) -> str:
    """Where the fix is to be had."""
    if one.patch is None:
        return ""
    if links.branch:
        return f"The fix and its regression test are [one commit]({links.compare}) on `{links.branch}`."
    why = f" {neutral.prose(refused, 300)}" if refused else ""
    note = f"No fix commit was pushed.{why}" if refused else ""
    diff = details(texts.PATCH, "for `git apply`", neutral.fenced(one.patch.diff, "diff"))
    return "\n\n".join(part for part in (note, diff) if part)


def _evidence(one: Examined, links: Links) -> str:
    if not one.proof.runs:
        return ""
    count = texts.count(len(one.proof.runs), "sandboxed run")
    return details(f"Evidence: {count}", runs_table(one.proof.runs), by_hand(one, links))


def _code_block(test: RegressionTest) -> str:
    info = {"py": "python", "js": "javascript", "ts": "typescript", "go": "go"}
    return neutral.fenced(test.content, info.get(test.path.rpartition(".")[2], ""), most=12_000)


def by_hand(one: Examined, links: Links) -> str:
    """How to see red and green oneself; empty where there is no fix commit."""
    if not (links.branch and one.test and one.patch):
        return ""
    command = "python -m pytest" if one.test.path.endswith(".py") else "# run"
    source = " ".join(neutral.quoted(path) for path in patched_paths(one.patch))
    test = neutral.quoted(one.test.path)
    script = (
        f"git fetch origin {neutral.quoted(links.branch)} && git checkout --detach FETCH_HEAD\n"
        f"{command} {test}    # green\n"
        f"git checkout {links.head[:12]} -- {source} && {command} {test}    # red"
    )
    return f"To see it yourself:\n\n{neutral.fenced(script, 'sh')}"


def patched_paths(patch: Patch) -> tuple[str, ...]:
    """The files of a patch."""
    return tuple(file.path for file in parse_diff(patch.diff))
