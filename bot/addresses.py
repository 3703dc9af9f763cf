"""Addresses that an operator sets, and that secrets and code are sent to: refused when they are not safe."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from bot.errors import SettingsError


def safe_address(name: str, text: str) -> str:
    """`text` without a slash at its end, if it is https (or http on this machine) and holds no credential.

    Raises SettingsError, which names the setting and shows nothing that may be a password.
    """
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port  # reading the port refuses one that is none
    except ValueError:
        raise SettingsError(f"{name} is not an address.") from None
    if "@" in parts.netloc:
        raise SettingsError(f"{name} holds a name or a password, and addresses are shown: take it out.")
    if parts.query or parts.fragment:
        raise SettingsError(f"{name} has to end before any ? and #.")
    if parts.scheme not in {"https", "http"} or not host:
        raise SettingsError(f"{name} has to be an https address, but is {text!r}.")
    if parts.scheme == "http" and not is_loopback(host):
        raise SettingsError(
            f"{name} is {text!r}: tokens and code would travel there unencrypted. Use https; http is for "
            "addresses of this machine only."
        )
    return text.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether this name or number always means this machine; nobody is asked."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
