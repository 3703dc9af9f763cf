"""All that is known of one finding: the claim, what each gate saw, the runs, how to repeat them."""

from __future__ import annotations

from bot.publish import neutral, replies, texts
from bot.publish.evidence import proof_line, runs_table
from bot.publish.gates_meaning import MEANINGS
from bot.publish.repeat import ways_to_repeat
from bot.publish.sections import MOST, details, fold
from bot.records import Claim, Examined, Gate, KeptProof


def explained(kept: KeptProof, branch: str) -> str:
    """The whole, at most 60,000 characters; what does not fit is left out and said to be.

    `branch` is that of the fix commit, "" for none.
    """
    one, finding = kept.examined, kept.examined.finding
    place = neutral.code(f"{finding.path}:{finding.start_line}")
    parts = [
        f"{texts.headline(one)}\n\n{place}, as of `{kept.head_sha[:7]}`.",
        neutral.prose(finding.explanation, 8_000),
        f"**Why it matters:** {neutral.prose(finding.impact)}" if finding.impact.strip() else "",
        neutral.prose(finding.doubt) if finding.doubt.strip() else "",
        _claim(finding.claim),
        proof_line(one, kept.head_sha),
        _gates(one.proof.gates),
        _runs(one),
        *ways_to_repeat(one, kept.head_sha, branch),
    ]
    return fold(parts, MOST)


def proven_again(before: KeptProof, now: KeptProof) -> str:
    """What was seen on the present head, and whether it is what was seen before."""
    one = now.examined
    is_same = one.verdict is before.examined.verdict
    parts = [
        f"{texts.headline(one)}\n\n{proof_line(one, now.head_sha)}",
        "" if is_same else replies.another_verdict(before.head_sha, before.examined.verdict),
        _gates(one.proof.gates),
        _runs(one),
    ]
    return fold(parts, MOST)


def _claim(claim: Claim) -> str:
    """What a run can confirm or refute."""
    rows = [
        ("Called", claim.entry),
        ("With", claim.input),
        ("Seen today", claim.bad),
        ("Once fixed", claim.good),
    ]
    told = "\n".join(f"- {name}: {neutral.line(words, 1_000)}" for name, words in rows if words.strip())
    return f"**The claim**\n\n{told}" if told else ""


def _gates(gates: tuple[Gate, ...]) -> str:
    rows = [
        f"| {neutral.line(one.gate)} | {_answer(one)} | {MEANINGS.get(one.gate, '')} "
        f"| {neutral.line(one.detail, 600)} |"
        for one in gates
    ]
    if not rows:
        return ""
    return "\n".join(["| gate | | what it asks | what was seen |", "|---|---|---|---|", *rows])


def _answer(gate: Gate) -> str:
    if gate.skipped:
        return "skipped"
    return "holds" if gate.passed else "**does not hold**"


def _runs(one: Examined) -> str:
    if not one.proof.runs:
        return ""
    return details(texts.count(len(one.proof.runs), "sandboxed run"), "", runs_table(one.proof.runs))
