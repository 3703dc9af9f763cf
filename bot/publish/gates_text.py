"""A proof, and one that was run again, as text for a terminal: a line for each gate."""

from __future__ import annotations

from bot.proof.evidence import Head
from bot.proof.replay import Replay
from bot.publish.evidence import mark
from bot.publish.neutral import visible
from bot.records import Gate, Proof, RegressionTest


def proof_text(head: Head, test: RegressionTest, proof: Proof) -> str:
    """The verdict and what each gate says. Ends with a line feed."""
    lines = [f"{proof.verdict}: {test.path} on {head.commit[:12]}"]
    lines += [f"  {mark(gate)} {_said(gate)}" for gate in proof.gates]
    return _text(lines)


def replay_text(replay: Replay) -> str:
    """Whether the stored proof holds, and each gate's answer then and now. Ends with a line feed."""
    stored = replay.stored
    word = "holds" if replay.holds else "does not hold"
    lines = [
        f"{word}: {stored.test.path} on {replay.head.commit[:12]}, "
        f"then {stored.verdict}, now {replay.proof.verdict}"
    ]
    lines += [f"  ! The stored proof contradicts itself. {sentence}" for sentence in replay.contradictions]
    if replay.is_same_environment:
        lines.append(f"  Environment: the same ({replay.setting.environment})")
    else:
        lines.append(f"  Environment: {stored.environment.key} then, {replay.setting.environment} now")
    lines.append("  then now")
    for then, now in replay.gates:
        lines.append(f"  {'–' if then is None else mark(then):<4} {mark(now):<3} {_said(now)}")
    return _text(lines)


def _said(gate: Gate) -> str:
    reason = f"[{gate.reason}] " if gate.reason else ""
    return f"{gate.gate:<4} {reason}{gate.detail}"


def _text(lines: list[str]) -> str:
    return "".join(f"{' '.join(visible(line).splitlines())}\n" for line in lines)
