"""Claude reviews: a model finds defects, writes the regression test and the fix; runs decide what is true."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from bot.budget import Purse
from bot.config.files import ModelsPart
from bot.diff.signs import visible
from bot.errors import SettingsError
from bot.records import Finding, Fix, Judgement, Patch, RegressionTest, Review, Variant, Variants
from bot.review.claude.author import Author
from bot.review.claude.call import CALL_SECONDS, Caller
from bot.review.claude.card import Cards, CardStore
from bot.review.claude.client import Client
from bot.review.claude.judge import judge
from bot.review.claude.material import Shown, nonce_for, show
from bot.review.claude.prompts import load_prompts
from bot.review.claude.review import Sight, Voices, glanced, review
from bot.review.claude.triage import triage
from bot.review.claude.variants import unguarded
from bot.review.claude.voice import EFFORTS, Voice, read_thinking
from bot.review.pricing import load_prices
from bot.review.reviewers import Answer, Feedback, Material, Placement
from bot.settings import Settings, StageSettings

SERVER_FALLBACK = ("anthropic", "google-cloud")
SMALL = "claude-haiku-5-5"  # what triages unless the operator says otherwise


@dataclass(frozen=True, slots=True)
class ClaudeReviewer:
    """One call a stage, by the first of the stage's models that does not refuse.

    `secret` makes the marks around untrusted text unforgeable. A change is looked at `samples` times.
    """

    caller: Caller
    voices: Voices
    store: CardStore
    secret: bytes
    samples: int = 1
    name: str = "claude"

    def paying_from(self, purse: Purse) -> ClaudeReviewer:
        return replace(self, caller=replace(self.caller, purse=purse))

    def speaking_as(self, models: ModelsPart) -> ClaudeReviewer:
        return replace(self, voices=self.voices.speaking_as(models))

    def review(self, material: Material) -> Review:
        """Triage, then the repository's card, then the review of the whole change."""
        shown = self._shown(material, "")
        if not shown.hunks:
            return Review(not_reviewed=shown.not_reviewed)
        triaged = triage(self.caller, self.voices.triage, shown, material.hints)
        if not triaged.look.regions:
            return replace(glanced(shown), declined=triaged.declined, usage=triaged.usage)
        card, spent = self._cards().written(material.base, self._nonce("card"))
        shown = self._shown(material, card)
        found = review(self.caller, self.voices, Sight(shown, triaged.look, material.tree, self.samples))
        return replace(
            found, declined=triaged.declined + found.declined, usage=triaged.usage + spent + found.usage
        )

    def write_test(
        self, finding: Finding, material: Material, placement: Placement, feedback: tuple[Feedback, ...]
    ) -> Answer[RegressionTest]:
        return self._author(self.voices.test, material).write_test(finding, placement, feedback)

    def write_hidden_test(
        self, finding: Finding, material: Material, placement: Placement
    ) -> Answer[RegressionTest]:
        return self._author(self.voices.test, material).write_second(finding, placement)

    def write_fix(
        self, finding: Finding, test: RegressionTest, material: Material, feedback: tuple[Feedback, ...]
    ) -> Answer[Fix]:
        return self._author(self.voices.fix, material).write_fix(finding, test, feedback)

    def judge(self, finding: Finding, test: RegressionTest, patch: Patch, material: Material) -> Judgement:
        shown = self._as_reviewed(material)
        return judge(self.caller, self.voices.judge, shown, material.tree, finding, test, patch)

    @property
    def looks_at_variants(self) -> bool:
        """Whether the operator named a model for this stage."""
        return self.voices.variants is not None

    def unguarded(self, finding: Finding, places: tuple[Variant, ...], material: Material) -> Variants:
        voice = self.voices.variants or self.voices.judge
        return unguarded(self.caller, voice, self._as_reviewed(material), finding, places, material.tree)

    def _author(self, voice: Voice, material: Material) -> Author:
        return Author(self.caller, voice, self._as_reviewed(material), material.tree)

    def _as_reviewed(self, material: Material) -> Shown:
        """The change as the review saw it, to the letter: the service has it in its cache."""
        return self._shown(material, self._cards().known(material.base))

    def _shown(self, material: Material, card: str) -> Shown:
        nonce = self._nonce(material.change.head_sha)
        guidance = visible(material.config.guidance)
        about = f"{card}\n\nWhat the maintainers ask to keep in mind:\n{guidance}" if guidance else card
        return show(material, nonce, card=(about.strip(), self._nonce("card")))

    def _cards(self) -> Cards:
        return Cards(self.caller, self.voices.triage or self.voices.review, self.store)

    def _nonce(self, seed: str) -> str:
        return nonce_for(self.secret, seed)


def claude_reviewer(
    settings: Settings,
    client: Client,
    seconds: float = CALL_SECONDS,
    secret: bytes | None = None,
) -> ClaudeReviewer:
    """The reviewer with the models of the settings; a call takes at most `seconds`, retries included.

    `secret` is for who wants the same requests again: an evaluation with recorded replies.
    Raises SettingsError for an effort or a way of thinking that there is not.
    """
    stages = {name: _voice(settings, name) for name in ("review", "judge", "test", "fix")}
    return ClaudeReviewer(
        caller=Caller(client, load_prompts(), load_prices(), seconds),
        voices=Voices(triage=_triage(settings), variants=_variants(settings), **stages),
        store=CardStore(settings.cache / "cards"),
        secret=secret or secrets.token_bytes(32),
        samples=settings.samples,
    )


def _triage(settings: Settings) -> Voice | None:
    """The stage's model; else a small one, where the others are Claude's own names; nobody for "none"."""
    wanted = settings.stages.get("triage", StageSettings()).model
    small = wanted or (SMALL if settings.model.startswith("claude-") else "none")
    return None if small == "none" else _voice(settings, "triage", small)


def _variants(settings: Settings) -> Voice | None:
    model = settings.stages.get("variants", StageSettings()).model
    return _voice(settings, "variants") if model else None


def _voice(settings: Settings, stage: str, model: str = "") -> Voice:
    """The stage's model, then those to ask when it refuses."""
    own = settings.stages.get(stage, StageSettings())
    wanted = own.effort or settings.effort
    known = next((one for one in EFFORTS if one == wanted), None)
    if wanted and known is None:
        raise SettingsError(f"SUTURE_EFFORT is {wanted!r}; it has to be one of {', '.join(EFFORTS)}.")
    models = dict.fromkeys((model or own.model or settings.model, *settings.model_fallback))
    return Voice(tuple(models), known, read_thinking(own.thinking or settings.thinking), _on_server(settings))


def _on_server(settings: Settings) -> bool:
    if settings.fallback not in {"client", "server"}:
        raise SettingsError(f"SUTURE_FALLBACK is {settings.fallback!r}; it has to be client or server.")
    if settings.fallback == "server" and settings.claude_via not in SERVER_FALLBACK:
        raise SettingsError(
            f"SUTURE_FALLBACK=server is not offered by {settings.claude_via}; set it to client, and name the "
            "models in SUTURE_MODEL_FALLBACK."
        )
    return settings.fallback == "server"
