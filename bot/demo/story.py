"""Tells on the terminal what stands on the demo's pull request in the end."""

from __future__ import annotations

import re

from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.padding import Padding

from bot.demo.github.records import Comment
from bot.demo.scene import Posted

_HIDDEN = re.compile(r"<!--.*?-->|<details>.*?</details>", re.DOTALL)


def tell(posted: Posted, console: Console) -> None:
    """Print the comments, the check run and the fix commits."""
    for comment in posted.comments:
        _comment(comment, console)
    console.rule(style="dim")
    if posted.check is not None:
        conclusion = posted.check.conclusion or posted.check.status
        said = f"{posted.check.name}: {conclusion}, {posted.check.title or ''}"
        console.print(f"[bold]check run[/] {escape(said)}")
    for branch in posted.branches:
        console.print(f"[bold]fix commit[/] with its test on [cyan]{escape(branch)}[/]")


def _comment(comment: Comment, console: Console) -> None:
    anchor = comment.anchor
    first = anchor.start_line or anchor.line
    lines = str(anchor.line) if first == anchor.line else f"{first}-{anchor.line}"
    console.rule(f"[bold]comment[/] on [cyan]{escape(anchor.path)}:{lines}[/]", style="dim", align="left")
    console.print(Padding(Markdown(_HIDDEN.sub("", comment.body)), (0, 2)))
