"""People's commands in the conversation: may they, and the reaction by which they learn what came of it."""

from __future__ import annotations

from collections.abc import Callable

from bot.errors import GoneError
from bot.forge.answers import understood
from bot.forge.api import Api, Pauses
from bot.forge.app_auth import Tokens
from bot.records import StopRequest
from bot.settings import Settings

DONE, NOTHING, REFUSED = "+1", "confused", "-1"
_MAY_WRITE = frozenset({"admin", "write"})  # GitHub's base roles; maintain counts as write


def answer_stop(asked: StopRequest, stop: Callable[[], bool], settings: Settings, tokens: Tokens) -> None:
    """Stop the review if whoever asked may write to the repository, and react to the comment.

    May be done twice. Raises ForgeError.
    """
    api = Api(
        settings.github_api_url,
        lambda: tokens.token(asked.installation_id, asked.repository_id),
        Pauses(settings.read_interval, settings.write_interval),
    )
    reaction = REFUSED
    if _may_write(api, asked):
        reaction = DONE if stop() else NOTHING
    place = f"/repos/{asked.repository}/issues/comments/{asked.comment_id}/reactions"
    api.call("POST", place, {"content": reaction})


def _may_write(api: Api, asked: StopRequest) -> bool:
    try:
        answer = api.call("GET", f"/repos/{asked.repository}/collaborators/{asked.login}/permission")
    except GoneError:
        return False
    with understood("the permission of a commenter"):
        return answer["permission"] in _MAY_WRITE
