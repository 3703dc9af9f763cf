"""What people ask for in comments and by buttons: one file a word in `words`; adding the file is all.

Only who may write to the repository is obeyed. Everybody gets one answer: a reaction and, where that does not
say it all, a sentence.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

from bot.conversation import words
from bot.conversation.reply import CONFUSED, REFUSED, Reply
from bot.errors import ForgeError, ForgeUnavailable
from bot.forge.conversation import Conversation
from bot.jobs.desk import Desk
from bot.publish import neutral, replies
from bot.records import Command


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is known: its line in the help, whether more may follow it, and what it does.

    `carry_out` raises ForgeError, and may be called again after a crash.
    """

    usage: str
    takes_more: bool
    carry_out: Callable[[Command, Conversation, Desk], Reply]


def find_words() -> Mapping[str, Word]:
    """The words that have a file, by name, in the order of the alphabet."""
    names = sorted(module.name for module in pkgutil.iter_modules(words.__path__))
    found = {name: import_module(f"{words.__name__}.{name}") for name in names}
    return {name: Word(one.USAGE, one.TAKES_MORE, one.carry_out) for name, one in found.items()}


def answer(asked: Command, talk: Conversation, desk: Desk) -> None:
    """Carry the command out if who gave it may, and answer. Raises ForgeError."""
    if not talk.may_write():
        talk.react(REFUSED)
        talk.refuse(replies.MAY_NOT)
        return
    reply = _obey(asked, talk, desk)
    try:
        if reply.text:
            talk.say(reply.text)
    finally:  # the thread to answer in may be gone
        talk.react(reply.reaction)
    reply.then()


def _obey(asked: Command, talk: Conversation, desk: Desk) -> Reply:
    known = find_words()
    word = known.get(asked.word)
    if word is None:
        return Reply(CONFUSED, replies.usage(replies.UNKNOWN_COMMAND, [one.usage for one in known.values()]))
    if asked.rest and not word.takes_more:
        return Reply(CONFUSED, replies.stands_alone(asked.word))
    try:
        return word.carry_out(asked, talk, desk)
    except ForgeUnavailable:
        raise
    except ForgeError as error:
        return Reply(CONFUSED, f"{replies.NOT_CARRIED_OUT} {neutral.prose(str(error), 500)}")
