"""Uploads to GitHub's code scanning, by a token that may do nothing else."""

from __future__ import annotations

import base64
import gzip

from bot.errors import ForgeError
from bot.forge.answers import understood
from bot.forge.api import Api

RIGHT = "security_events"
MOST_BYTES = 10_000_000  # compressed; GitHub takes 10 MB
NOT_GRANTED = "this installation does not grant security_events: write"


def upload(api: Api, repository: str, number: int, head_sha: str, text: str) -> str:
    """The upload's address. Raises ForgeError; PermissionMissing or GoneError where code scanning is off."""
    packed = gzip.compress(text.encode(), mtime=0)
    if len(packed) > MOST_BYTES:
        raise ForgeError("The SARIF is larger than the 10 MB that code scanning takes.")
    body = {
        "commit_sha": head_sha,
        "ref": f"refs/pull/{number}/head",
        "sarif": base64.b64encode(packed).decode(),
    }
    answer = api.call("POST", f"/repos/{repository}/code-scanning/sarifs", body)
    with understood("an upload to code scanning"):
        return str(answer["url"])
