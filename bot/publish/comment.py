"""One inline comment, put together of the sentences in `texts`: one screen, and all else folded."""

from __future__ import annotations

from dataclasses import dataclass

from bot.forge.markers import Marker
from bot.publish import neutral, texts
from bot.publish.evidence import gates_list, proof_line, runs_table
from bot.publish.excerpt import excerpt
from bot.publish.flow import flowchart
from bot.publish.repeat import ways_to_repeat
from bot.publish.sections import MOST, details, fold
from bot.publish.suggestion import Suggestion
from bot.records import Examined, RegressionTest

SENTENCES = 2
MOST_SHOWN = 480  # characters of what goes wrong that stand open
MOST_TOLD = 8_000  # characters of it in all
MOST_PATCH = 40_000  # characters; a patch that is cut is none


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
    wrong, more_wrong = excerpt(finding.explanation, SENTENCES, MOST_SHOWN)
    why, more_why = excerpt(finding.impact, SENTENCES, MOST_SHOWN)
    patch = _patch(one, links)
    parts = [
        f"{marker}\n{texts.headline(one)}",
        neutral.prose(wrong),
        texts.matters(neutral.prose(why)) if finding.impact.strip() else "",
        flowchart(finding.flow, finding.path),
        proof_line(one, links.head),
        suggested.block() if suggested else "",
        texts.what_to_do(
            has_suggestion=suggested is not None,
            commit=links.compare if links.branch else "",
            has_patch=patch.startswith("<details>"),
            refused=neutral.line(refused, 300) if one.patch else "",
        ),
        patch,
        _in_full(one) if more_wrong or more_why else "",
        details(texts.TEST, neutral.code(one.test.path), _code_block(one.test)) if one.test else "",
        _evidence(one, links),
    ]
    return fold(parts, MOST)


def _in_full(one: Examined) -> str:
    explanation = neutral.prose(one.finding.explanation, MOST_TOLD)
    impact = one.finding.impact.strip()
    return details(
        texts.IN_FULL, explanation, texts.matters(neutral.prose(impact, MOST_TOLD)) if impact else ""
    )


def _patch(one: Examined, links: Links) -> str:
    """The patch in full, where no commit has it."""
    if one.patch is None or links.branch:
        return ""
    if len(one.patch.diff) > MOST_PATCH:
        return texts.TOO_LONG
    return details(texts.PATCH, texts.FOR_GIT, neutral.fenced(one.patch.diff, "diff", len(one.patch.diff)))


def _code_block(test: RegressionTest) -> str:
    info = {"py": "python", "js": "javascript", "ts": "typescript", "go": "go"}
    return neutral.fenced(test.content, info.get(test.path.rpartition(".")[2], ""), len(test.content))


def _evidence(one: Examined, links: Links) -> str:
    """Every gate's answer, every run, and the commands that show it again."""
    runs = one.proof.runs
    if not runs:
        return ""
    parts = [gates_list(one.proof.gates), runs_table(runs)]
    repeat = ways_to_repeat(one, links.head, links.branch)
    return details(texts.evidence(len(one.proof.gates), len(runs)), *parts, *repeat)
