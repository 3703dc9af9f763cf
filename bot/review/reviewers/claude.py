"""Claude reviews: a model finds defects, writes the regression test and the fix; runs decide what is true."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import anthropic

from bot.records import Finding, Fix, RegressionTest, Review
from bot.review.claude.author import Author
from bot.review.claude.call import CALL_SECONDS, Caller
from bot.review.claude.material import Shown, nonce_for, show
from bot.review.claude.prompts import load_prompts
from bot.review.claude.review import review
from bot.review.pricing import load_prices
from bot.review.reviewers import Answer, Feedback, Material, Placement
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class ClaudeReviewer:
    """One model a stage, one call a stage. `secret` makes the marks around untrusted text unforgeable."""

    caller: Caller
    review_model: str
    test_model: str
    fix_model: str
    secret: bytes
    name: str = "claude"

    def review(self, material: Material) -> Review:
        return review(self.caller, self.review_model, self._show(material), material.tree)

    def write_test(
        self, finding: Finding, material: Material, placement: Placement, feedback: tuple[Feedback, ...]
    ) -> Answer[RegressionTest]:
        return self._author(self.test_model, material).write_test(finding, placement, feedback)

    def write_hidden_test(
        self, finding: Finding, material: Material, placement: Placement
    ) -> Answer[RegressionTest]:
        return self._author(self.test_model, material).write_second(finding, placement)

    def write_fix(
        self, finding: Finding, test: RegressionTest, material: Material, feedback: tuple[Feedback, ...]
    ) -> Answer[Fix]:
        return self._author(self.fix_model, material).write_fix(finding, test, feedback)

    def _author(self, model: str, material: Material) -> Author:
        return Author(self.caller, model, self._show(material), self._nonce(material), material.tree)

    def _show(self, material: Material) -> Shown:
        return show(material, self._nonce(material))

    def _nonce(self, material: Material) -> str:
        return nonce_for(self.secret, material.change.head_sha)


def claude_reviewer(
    settings: Settings, client: anthropic.Anthropic, seconds: float = CALL_SECONDS
) -> ClaudeReviewer:
    """The reviewer with the models of the settings; a call takes at most `seconds`, retries included."""
    return ClaudeReviewer(
        caller=Caller(client, load_prompts(), load_prices(), seconds),
        review_model=settings.model_review or settings.model,
        test_model=settings.model_test or settings.model,
        fix_model=settings.model_fix or settings.model,
        secret=secrets.token_bytes(32),
    )
