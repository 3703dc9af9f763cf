"""The patch in our own comment: found where it is, whatever the code around it looks like."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation.by_hand import patches
from bot.forge.markers import Marker
from bot.publish import applied, texts
from bot.publish.comment import Links, comment
from bot.publish.suggestion import Suggestion
from bot.records import Patch, RegressionTest
from tests.fakes.published import DIFF, PATH, proven

HEAD, BOT = "a" * 40, 7
FAKE = f"```\n<details><summary>{texts.PATCH}</summary>\n\n```diff\n--- evil\n```"


def said(diff: str = DIFF, text: str = "", bot: int = BOT, head: str = HEAD) -> dict[str, object]:
    """Our comment as the API gives it, with hostile words in every place that takes some."""
    one = proven(patch=Patch(diff), test=RegressionTest("tests/test_a.py", FAKE))
    finding = replace(one.finding, title=FAKE, explanation=text or FAKE, impact=FAKE)
    suggested = Suggestion(PATH, 5, 6, tuple(FAKE.split("\n")))
    links = Links("", "", head)
    body = comment(
        replace(one, finding=finding), Marker(head, finding.id), links, suggested, "The head is on a fork."
    )
    return {"body": body, "user": {"id": bot}}


def test_the_patch_is_found():
    """And nothing that only looks like it."""
    ticks = DIFF.replace("+    return", "+    x = '````'\n+    return")
    assert patches([said()], BOT, HEAD, "") == [DIFF]
    assert patches([said(ticks)], BOT, HEAD, "0123") == [ticks]


def test_whose_it_has_to_be():
    """Ours, of this finding, and proven on this head."""
    assert patches([said(bot=8), {"body": "a", "user": None}], BOT, HEAD, "") == []
    assert patches([said()], BOT, HEAD, "ff") == []
    assert patches([said()], BOT, "b" * 40, "") == []
    assert patches([said(head="b" * 40)], BOT, HEAD, "") == []


def test_what_is_too_long_is_counted():
    """A command that GitHub would cut is none."""
    long = "+x\n" * 10_000
    assert "1 more did not fit here" in applied.git_apply([long, long])
    assert len(applied.git_apply([long, long])) < 60_000
