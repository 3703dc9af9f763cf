"""Makes words of the model and the repository harmless in Markdown: they read as written and do nothing."""

from __future__ import annotations

import re
import shlex

from bot.diff import signs

GAP = "&#8203;"  # a zero-width space: what follows is no longer a mention, a reference or a link
_CODE_SPAN = re.compile(r"`([^`\n]+)`")
_ACTIVE = re.compile(r"([\\`*_\[\]#!|~$]|^[>+=-])")
_LINKS = re.compile(r"(?i)(://|\bwww(?=\.)|\bmailto(?=:)|\bgh(?=-\d))")
_LIST = re.compile(r"^(\d+)([.)])")


def visible(text: str) -> str:
    """The text with every hidden character shown by its code point."""
    return signs.visible(text.replace("\r\n", "\n"))


def cut(text: str, most: int) -> str:
    """At most `most` characters, with a sign where something is missing."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def prose(text: str, most: int = 2_000) -> str:
    """Paragraphs of plain words; code spans stay code, all other Markdown and HTML is shown as text."""
    paragraphs = re.split(r"\n\s*\n", visible(cut(text.strip(), most)))
    return "\n\n".join(_inline(" ".join(one.split())) for one in paragraphs if one.strip())


def line(text: str, most: int = 200) -> str:
    """The same on one line, for titles and table cells: no bar, which would end a cell even in code."""
    return _inline(cut(" ".join(visible(text).split()), most).replace("|", "¦"))


def code(text: str, most: int = 200) -> str:
    """A code span that shows the text as it is, on one line."""
    shown = cut(" ".join(visible(text).split()), most)
    ticks = "`" * (_longest_run(shown) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def cell(text: str, most: int = 200) -> str:
    """A code span inside a table, where a bar would end the cell even in code."""
    return code(text.replace("|", "¦"), most)


def fenced(text: str, info: str = "", most: int = 20_000) -> str:
    """A code block that shows the text as it is; its fence is longer than any in the text."""
    shown = visible(cut(text, most)).rstrip("\n")
    fence = fence_for(shown)
    return f"{fence}{info}\n{shown}\n{fence}"


def fence_for(text: str) -> str:
    """Backticks enough to hold this text."""
    return "`" * max(3, _longest_run(text) + 1)


def plain(text: str, most: int = 200) -> str:
    """Words for a commit message, where mentions, references and `[skip ci]` would act."""
    shown = cut(" ".join(visible(text).split()), most)
    return re.sub(r"([@#])", "\\1\u200b", shown).replace("[", "(").replace("]", ")")


def quoted(text: str) -> str:
    """One word for a shell, every hidden character shown."""
    return shlex.quote(visible(text).replace("\n", "⟨U+000A⟩"))


def _inline(text: str) -> str:
    parts = _CODE_SPAN.split(text)
    return "".join(
        code(part, len(part)) if number % 2 else _escape(part) for number, part in enumerate(parts)
    )


def _escape(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    text = _LIST.sub(r"\1\\\2", _ACTIVE.sub(r"\\\1", text))
    text = _LINKS.sub(
        lambda match: match[0].replace("://", f":{GAP}//") if ":" in match[0] else match[0] + GAP, text
    )
    return text.replace("@", f"@{GAP}").replace("\\#", f"\\#{GAP}")


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
