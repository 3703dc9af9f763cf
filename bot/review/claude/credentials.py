"""Is there a credential for the Anthropic SDK? Asked without loading the SDK, which takes seconds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_STATIC = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE")
_FEDERATION = ("ANTHROPIC_FEDERATION_RULE_ID", "ANTHROPIC_ORGANIZATION_ID")
_IDENTITY = ("ANTHROPIC_IDENTITY_TOKEN", "ANTHROPIC_IDENTITY_TOKEN_FILE")


def has_credentials(env: Mapping[str, str]) -> bool:
    """Would the SDK find a credential here, by any of its ways (variables, headers, a profile on disk)?"""
    if any(env.get(name) for name in _STATIC):
        return True
    if all(env.get(name) for name in _FEDERATION) and any(env.get(name) for name in _IDENTITY):
        return True
    return _has_header(env.get("ANTHROPIC_CUSTOM_HEADERS", "")) or _has_profile(env)


def _has_header(text: str) -> bool:
    names = {line.partition(":")[0].strip().lower() for line in text.split("\n") if ":" in line}
    return bool(names & {"x-api-key", "authorization"})


def _has_profile(env: Mapping[str, str]) -> bool:
    folder = env.get("ANTHROPIC_CONFIG_DIR", "")
    home = env.get("HOME", "")
    if not folder and not home:
        return False
    root = Path(folder) if folder else Path(home) / ".config" / "anthropic"
    try:
        name = (root / "active_config").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        name = ""
    # A pointer to a missing profile counts: the operator meant one, and the SDK says what is wrong with it.
    return bool(name) or (root / "configs" / "default.json").is_file()
