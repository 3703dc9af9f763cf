"""Carries out what is said in threads of ours, and resolves them; done twice, it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from bot.errors import GoneError
from bot.forge.answers import read_more_threads, understood
from bot.forge.api import Api
from bot.forge.carry_out import Target, at_head, query
from bot.forge.writes import OwnComment, Reply, SetResolved

DELETED = "the comment was deleted by somebody"


def own_comments(api: Api, repository: str, number: int, after: str | None = None) -> Iterator[OwnComment]:
    """Our comments that begin a thread of the pull request, all or those after the cursor."""
    owner, _, name = repository.partition("/")
    asked = {"owner": owner, "name": name, "number": number}
    while True:
        found, after = read_more_threads(api.graphql(query("threads"), asked | {"after": after}))
        yield from found
        if not after:
            return


def carry_out(target: Target, write: Reply | SetResolved) -> str:
    """The reply's address, or what became of the thread. Raises Superseded when the head has moved."""
    standing = at_head(target, write).state.own_comments
    own = next((one for one in standing if one.comment_id == write.comment_id), None)
    if own is None:
        return DELETED
    return _reply(target, write, own) if isinstance(write, Reply) else _set_resolved(target, write, own)


def _reply(target: Target, write: Reply, own: OwnComment) -> str:
    for note in own.notes:
        if (note.said, note.head) == (write.said, write.head_sha):
            return note.url
    path = f"{target.path}/pulls/{target.number}/comments/{write.comment_id}/replies"
    try:
        answer = target.api.call("POST", path, {"body": write.body})
    except GoneError:
        return DELETED
    with understood("a reply"):
        return str(answer["html_url"])


def _set_resolved(target: Target, write: SetResolved, own: OwnComment) -> str:
    if own.is_answered:
        return "somebody wrote in the thread"
    set_resolved(target.api, own, resolved=write.resolved)
    return "resolved" if write.resolved else "open"


def set_resolved(api: Api, own: OwnComment, *, resolved: bool) -> None:
    """Resolve the comment's thread, or open it again, whoever wrote in it."""
    if own.is_resolved != resolved:
        api.graphql(query("resolve_thread" if resolved else "unresolve_thread"), {"thread": own.thread})
