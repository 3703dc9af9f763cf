"""git over HTTP: git's own `http-backend`, behind the stand-in's tokens."""

from __future__ import annotations

import base64
import binascii
import subprocess
from collections.abc import Mapping

from bot.demo.github import git
from bot.demo.github.auth import find_token
from bot.demo.github.calls import Answer, ApiError, Caller
from bot.demo.github.events import after_push
from bot.demo.github.records import Repository
from bot.demo.github.state import GitHub

_USER = "x-access-token"
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="GitHub"', "Content-Type": "text/plain"}


def serve(
    state: GitHub, method: str, full_name: str, tail: str, query: str, headers: Mapping[str, str], body: bytes
) -> Answer:
    """One request of the smart protocol for `/OWNER/REPO.git/TAIL`. Raises ApiError."""
    writing = tail == "git-receive-pack" or "service=git-receive-pack" in query
    caller = _caller(state, headers.get("Authorization", ""))
    repository = _allowed(state, caller, full_name, writing=writing)
    before = git.refs(repository.path, "refs/heads/") if writing and method == "POST" else {}
    answer = _backend(state, repository, method, tail, query, headers, body)
    if writing and method == "POST" and caller.token is not None:
        after = git.refs(repository.path, "refs/heads/")
        for ref in sorted(before.keys() | after.keys()):
            after_push(state, repository, ref, before.get(ref), after.get(ref), caller.token.account)
    return answer


def _caller(state: GitHub, authorization: str) -> Caller:
    if not authorization:
        return Caller()
    scheme, _, value = authorization.partition(" ")
    try:
        user, _, token = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise ApiError(401, "Bad credentials", headers=_CHALLENGE) from None
    if scheme.lower() != "basic" or user != _USER:
        raise ApiError(401, "Bad credentials", headers=_CHALLENGE)
    try:
        return Caller(token=find_token(state, token))
    except ApiError as error:
        raise ApiError(error.status, str(error), headers=_CHALLENGE) from error


def _allowed(state: GitHub, caller: Caller, full_name: str, *, writing: bool) -> Repository:
    """Without a token, what needs one is asked for it; with one, what it cannot see is not there."""
    repository = state.repository(full_name)
    open_to_all = repository is not None and not repository.private and not writing
    if caller.token is None and not open_to_all:
        raise ApiError(401, "Repository not found.", headers=_CHALLENGE)
    if repository is None or (caller.token and not caller.sees(repository, state) and not open_to_all):
        raise ApiError(404, "Repository not found.")
    if caller.token and not open_to_all and not caller.may("contents", "write" if writing else "read"):
        raise ApiError(
            403, f"Permission to {repository.full_name}.git denied to {caller.token.account.login}."
        )
    return repository


def _backend(
    state: GitHub,
    repository: Repository,
    method: str,
    tail: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes,
) -> Answer:
    env = git.environment() | {
        "GIT_PROJECT_ROOT": str(state.root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{repository.path.relative_to(state.root)}/{tail}",
        "REQUEST_METHOD": method,
        "QUERY_STRING": query,
        "CONTENT_TYPE": headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": headers.get("Git-Protocol", ""),
        "REMOTE_USER": _USER,
        "REMOTE_ADDR": "127.0.0.1",
    }
    done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, check=False, env=env)
    head, _, content = done.stdout.partition(b"\r\n\r\n")
    lines = (line.split(": ", 1) for line in head.decode().splitlines())
    sent = {line[0]: line[-1] for line in lines}
    status = int(sent.pop("Status", "200").split()[0])
    return Answer(content, status, sent)
