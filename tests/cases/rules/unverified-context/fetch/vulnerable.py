"""Fetches files from the mirror."""

import ssl
import urllib.request


def fetch(url: str) -> bytes:
    context = ssl._create_unverified_context()
    with urllib.request.urlopen(url, context=context, timeout=10) as reply:
        return reply.read()
