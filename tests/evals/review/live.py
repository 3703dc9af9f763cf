"""Passes a request on to the service that the environment names; its replies can be recorded like others."""

from __future__ import annotations

import anthropic

from bot.review.claude.client import Client
from tests.fakes.messages_api import Answer, Json, fails


class Live:
    """One request, one attempt: how often to try again is for the reviewer under measurement to say."""

    def __init__(self, client: Client) -> None:
        self._messages = client.with_options(max_retries=0).messages

    def __call__(self, request: Json, ordinal: int) -> Answer:
        """The service's own answer, without its thinking; its errors are passed on as they are."""
        try:
            said = self._messages.create(**request)
        except anthropic.APIStatusError as error:
            kept = {name: value for name, value in error.response.headers.items() if "retry" in name}
            return Answer(status=error.status_code, body=error.response.content, headers=kept)
        except anthropic.APIConnectionError:
            return fails(529, "overloaded_error")
        text = "".join(block.text for block in said.content if block.type == "text")
        usage = {
            "input_tokens": said.usage.input_tokens,
            "cache_read_input_tokens": said.usage.cache_read_input_tokens or 0,
            "cache_creation_input_tokens": said.usage.cache_creation_input_tokens or 0,
            "output_tokens": said.usage.output_tokens,
        }
        details = said.stop_details.model_dump(mode="json") if said.stop_details else None
        return Answer(text or None, said.stop_reason, details, changes={"usage": usage})
