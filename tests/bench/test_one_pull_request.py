"""The bench runs, and what can be counted stays within its bounds. Seconds are not asserted on."""

from __future__ import annotations

from dataclasses import asdict

from tests.bench.one_pull_request import measure
from tests.flow.shop import need_sandbox


def test_one_pull_request_by_claude_within_its_bounds():
    """Two findings, each with a fix commit, take at most fourteen calls to GitHub and 13 to the model."""
    need_sandbox()

    cost = measure("claude")

    assert cost.title == "Findings: 2 proven with a fix", asdict(cost)
    assert cost.github_calls <= 14
    assert cost.git_requests <= 4
    # triage, card, two looks, a refutation; a test, a fix, a second test and a judgement for each finding
    assert cost.model_calls <= 5 + 2 * 4
    assert cost.cache_read_tokens > cost.cache_write_tokens
