"""Claude reviews: a model finds defects, writes the regression test and the fix; runs decide what is true."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import anthropic

from bot.errors import SettingsError
from bot.records import Finding, Fix, RegressionTest, Review
from bot.review.claude.author import Author
from bot.review.claude.call import CALL_SECONDS, EFFORTS, Caller, Voice
from bot.review.claude.material import Shown, nonce_for, show
from bot.review.claude.prompts import load_prompts
from bot.review.claude.review import review
from bot.review.pricing import load_prices
from bot.review.reviewers import Answer, Feedback, Material, Placement
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class ClaudeReviewer:
    """One call a stage, by the first of the stage's models that does not refuse.

    `secret` makes the marks around untrusted text unforgeable.
    """

    caller: Caller
    reviewers: Voice
    testers: Voice
    fixers: Voice
    secret: bytes
    name: str = "claude"

    def review(self, material: Material) -> Review:
        return review(self.caller, self.reviewers, self.fixers, self._show(material), material.tree)

    def write_test(
        self, finding: Finding, material: Material, placement: Placement, feedback: tuple[Feedback, ...]
    ) -> Answer[RegressionTest]:
        return self._author(self.testers, material).write_test(finding, placement, feedback)

    def write_hidden_test(
        self, finding: Finding, material: Material, placement: Placement
    ) -> Answer[RegressionTest]:
        return self._author(self.testers, material).write_second(finding, placement)

    def write_fix(
        self, finding: Finding, test: RegressionTest, material: Material, feedback: tuple[Feedback, ...]
    ) -> Answer[Fix]:
        return self._author(self.fixers, material).write_fix(finding, test, feedback)

    def _author(self, voice: Voice, material: Material) -> Author:
        return Author(self.caller, voice, self._show(material), material.tree)

    def _show(self, material: Material) -> Shown:
        return show(material, nonce_for(self.secret, material.change.head_sha))


def claude_reviewer(
    settings: Settings, client: anthropic.Anthropic, seconds: float = CALL_SECONDS
) -> ClaudeReviewer:
    """The reviewer with the models of the settings; a call takes at most `seconds`, retries included."""
    return ClaudeReviewer(
        caller=Caller(client, load_prompts(), load_prices(), seconds),
        reviewers=_voice(settings, settings.model_review, settings.effort_review),
        testers=_voice(settings, settings.model_test, settings.effort_test),
        fixers=_voice(settings, settings.model_fix, settings.effort_fix),
        secret=secrets.token_bytes(32),
    )


def _voice(settings: Settings, model: str, effort: str) -> Voice:
    """The stage's model, then those to ask when it refuses. Raises SettingsError for an unknown effort."""
    wanted = effort or settings.effort
    known = next((one for one in EFFORTS if one == wanted), None)
    if wanted and known is None:
        raise SettingsError(f"SUTURE_EFFORT is {wanted!r}; it has to be one of {', '.join(EFFORTS)}.")
    return Voice(tuple(dict.fromkeys((model or settings.model, *settings.model_fallback))), known)
