"""REST: uploads to code scanning, where it is on."""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import re
import uuid

from bot.demo.github import git
from bot.demo.github.calls import Answer, ApiError, Call, Route, bad_request
from bot.demo.github.records import Analysis, Json

_MOST = 10_000_000  # bytes, compressed


def _upload(call: Call) -> Answer:
    if call.repository.private and not call.repository.advanced_security:
        raise ApiError(403, "Advanced Security must be enabled for this repository to use code scanning.")
    sha, ref = call.text("commit_sha", required=True) or "", call.text("ref", required=True) or ""
    if not re.fullmatch(r"[0-9a-fA-F]{40}", sha):
        raise bad_request(f"For 'commit_sha', {sha!r} does not match /^[0-9a-fA-F]+$/.")
    if not re.fullmatch(r"refs/(heads|tags|pull)/.+", ref):
        raise bad_request(f"For 'ref', {ref!r} does not match /^refs\\/(heads|tags|pull)\\/.*$/.")
    if git.resolve(call.repository.path, ref) is None or git.resolve(call.repository.path, sha) != sha:
        raise bad_request("commit_sha and ref have to be of this repository.")
    log = _unpacked(call.text("sarif", required=True) or "")
    made = Analysis(str(uuid.uuid4()), call.repository, sha, ref, log)
    call.state.analyses.append(made)
    url = f"{call.state.api}/repos/{call.repository.full_name}/code-scanning/sarifs/{made.id}"
    return Answer({"id": made.id, "url": url}, 202)


def _unpacked(text: str) -> Json:
    try:
        packed = base64.b64decode(text, validate=True)
        if len(packed) > _MOST:
            raise ApiError(413, "The uploaded SARIF file is too large.")
        log = json.loads(gzip.decompress(packed))
    except (binascii.Error, OSError, EOFError, ValueError):
        raise ApiError(
            400, "The SARIF is not valid JSON, compressed by gzip and encoded in base64."
        ) from None
    if not isinstance(log, dict) or log.get("version") != "2.1.0" or not isinstance(log.get("runs"), list):
        raise ApiError(400, "The SARIF is not a log of version 2.1.0.")
    return log


ROUTES = (Route("POST", "/repos/<owner>/<repo>/code-scanning/sarifs", _upload, "security_events:write"),)
