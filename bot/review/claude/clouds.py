"""The ways to Claude by name: the plain API and the clouds that sell it, and what each has to be told.

Asked without loading the SDK, which takes seconds; the variables are the SDK's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import SettingsError
from bot.review.claude.credentials import has_credentials

ANTHROPIC = "anthropic"


@dataclass(frozen=True, slots=True)
class Cloud:
    """One way: the SDK's client for it, and the variables that it reads."""

    client: str  # its class in the SDK
    needs: tuple[tuple[str, ...], ...]  # of each group one variable has to be set
    keys: tuple[str, ...]  # a key in one of these is sent as it is; without, `package` finds a credential
    package: str  # importable name
    extra: str  # suture's, which brings `package`


_REGION = ("AWS_REGION", "AWS_DEFAULT_REGION")

CLOUDS: Mapping[str, Cloud] = {
    "aws": Cloud(
        "AnthropicAWS",
        (("ANTHROPIC_AWS_WORKSPACE_ID",), _REGION),
        ("ANTHROPIC_AWS_API_KEY",),
        "boto3",
        "bedrock",
    ),
    "bedrock": Cloud(  # its region may stand in a profile
        "AnthropicBedrock", (), ("AWS_BEARER_TOKEN_BEDROCK",), "boto3", "bedrock"
    ),
    "bedrock-mantle": Cloud(
        "AnthropicBedrockMantle",
        (_REGION,),
        ("AWS_BEARER_TOKEN_BEDROCK", "ANTHROPIC_AWS_API_KEY"),
        "boto3",
        "bedrock",
    ),
    "foundry": Cloud(
        "AnthropicFoundry",
        (("ANTHROPIC_FOUNDRY_RESOURCE", "ANTHROPIC_FOUNDRY_BASE_URL"),),
        ("ANTHROPIC_FOUNDRY_API_KEY",),
        "azure.identity",
        "foundry",
    ),
    "google-cloud": Cloud(
        "AnthropicGoogleCloud",
        (("ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID", "ANTHROPIC_GOOGLE_CLOUD_BASE_URL"),),
        (),
        "google.auth",
        "vertex",
    ),
    "vertex": Cloud("AnthropicVertex", (("CLOUD_ML_REGION",),), (), "google.auth", "vertex"),
}


def can_reach_claude(via: str, env: Mapping[str, str]) -> bool:
    """Is Claude set up? A cloud that was chosen by name is, or SettingsError says what it lacks."""
    if via == ANTHROPIC:
        return has_credentials(env)
    missing = [" or ".join(group) for group in cloud_named(via).needs if not any(map(env.get, group))]
    if missing:
        raise SettingsError(f"SUTURE_CLAUDE_VIA is {via}, which needs {' and '.join(missing)}.")
    return True


def cloud_named(via: str) -> Cloud:
    """The cloud of that name. Raises SettingsError for an unknown one."""
    if via not in CLOUDS:
        known = ", ".join((ANTHROPIC, *CLOUDS))
        raise SettingsError(f"SUTURE_CLAUDE_VIA is {via!r}; it has to be one of {known}.")
    return CLOUDS[via]
