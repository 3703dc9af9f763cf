"""Where a GitHub is: its pages and its git repositories, from the address of its API."""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.addresses import safe_address


def web_url(api_url: str) -> str:
    """The address of pages and git repositories, without a slash at the end. Raises SettingsError."""
    parts = urlsplit(safe_address("SUTURE_GITHUB_API_URL", api_url))
    path = parts.path.rstrip("/").removesuffix("/api/v3")
    host = parts.netloc.removeprefix("api.")
    return f"{parts.scheme}://{host}{path}"
