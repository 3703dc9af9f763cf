"""Where a GitHub is: its pages and its git repositories, from the address of its API."""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.errors import SettingsError


def web_url(api_url: str) -> str:
    """The address of pages and git repositories, without a slash at the end. Raises SettingsError."""
    parts = urlsplit(api_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError(f"SUTURE_GITHUB_API_URL has to be an http(s) address, but is {api_url!r}.")
    path = parts.path.rstrip("/").removesuffix("/api/v3")
    host = parts.netloc.removeprefix("api.")
    return f"{parts.scheme}://{host}{path}"
