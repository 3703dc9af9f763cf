"""This server's own address: how it may be written, and what may keep GitHub from it."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from bot.errors import InputError

_HOST = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z.-]{0,251}[0-9A-Za-z])?|\[[0-9A-Fa-f:.]+\]")


def read_address(text: str) -> str:
    """A server's address, without a path. Raises InputError, saying what to enter."""
    try:
        parts = urlsplit(text.rstrip("/"))
        port = parts.port
    except ValueError:
        raise InputError("This is no address. Enter one like https://suture.example.com.") from None
    bare = f"{parts.scheme}://{parts.netloc}" == text.rstrip("/")
    host = parts.netloc.removesuffix(f":{port}") if port else parts.netloc
    if parts.scheme not in {"http", "https"} or not bare or not _HOST.fullmatch(host):
        raise InputError("Enter scheme and host alone, like https://suture.example.com.")
    return f"{parts.scheme}://{parts.netloc}"


def doubts(public_url: str) -> list[str]:
    """What may keep GitHub's deliveries from that address, in sentences."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    found = []
    if host == "localhost" or host.endswith(".localhost") or _is(host, "is_loopback"):
        found.append(
            f"{host} is this machine itself: GitHub refuses it as a webhook's address. Set SUTURE_PUBLIC_URL "
            "to the address at which GitHub can reach this server, or enter it."
        )
    elif _is(host, "is_private") or "." not in host.strip("."):
        found.append(f"{host} looks like an address of an internal network, where github.com cannot go.")
    if parts.scheme == "http":
        found.append("With http, anyone on the way can read the deliveries. Use https.")
    return found


def _is(host: str, what: str) -> bool:
    try:
        return bool(getattr(ipaddress.ip_address(host), what))
    except ValueError:
        return False
