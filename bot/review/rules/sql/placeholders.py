"""Rewrites a statement put together from text and values into one with placeholders."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import libcst as cst

from bot.review.rules.analysis.source import Source, Span
from bot.review.rules.analysis.template import Hole, Template, Text, Token
from bot.review.rules.writing.rewrite import CannotWrite

VALUE_BEFORE = re.compile(
    r"(=|<|>|\bLIKE|\bILIKE|\bREGEXP|\bGLOB|\bMATCH|\bLIMIT|\bOFFSET|\bBETWEEN|\bAND|\bTHEN|\bELSE|\|\|)\s*$"
    r"|\b(VALUES|IN|LOWER|UPPER|TRIM|COALESCE)\s*\([^()]*$|\bVALUES\b.*[(,]\s*$",
    re.IGNORECASE | re.DOTALL,
)
QUOTE = re.compile(r"\\?(['\"])([^'\"]*)$")


@dataclass(frozen=True, slots=True)
class Parametrised:
    """Replacements of string literals, and code of the values in the order of their placeholders."""

    replacements: tuple[tuple[Span, str], ...]
    values: tuple[str, ...]
    names: tuple[str, ...]


def parametrise(
    source: Source, template: Template, placeholder: str, is_untrusted: Callable[[Hole], bool]
) -> Parametrised:
    """Every value of the statement as a placeholder.

    Raises CannotWrite for an untrusted table or column name.
    """
    writer = _Writer(source, template, placeholder, is_untrusted)
    tokens = [writer.token(token) for token in template.tokens]
    if not writer.values:
        raise CannotWrite("The statement has no value that could be a parameter.")
    if writer.kept and template.style != "f-string":
        raise CannotWrite("The statement mixes values with table or column names in one format.")
    replacements = [
        (old.span, new) for old, new in zip(template.tokens, tokens, strict=True) if old.code != new
    ]
    if template.tail is not None:
        replacements.append((template.tail, ""))
    return Parametrised(tuple(replacements), tuple(writer.values), tuple(writer.names))


class _Writer:
    def __init__(
        self, source: Source, template: Template, placeholder: str, is_untrusted: Callable[[Hole], bool]
    ) -> None:
        self.source = source
        self.style = template.style
        self.placeholder = placeholder
        self.is_untrusted = is_untrusted
        self.values: list[str] = []
        self.names: list[str] = []
        self.kept = 0
        self.before = ""  # the statement so far, across literals

    def token(self, token: Token) -> str:
        """The literal's new code."""
        out: list[str] = []
        kept = self.kept
        parts = list(token.parts)
        while parts:
            part = parts.pop(0)
            if isinstance(part, Text):
                out.append(part.raw)
            else:
                self.hole(part, parts, out, token)
            self.before += out[-1]
        if self.placeholder == "%s" and self.style not in {"percent", "plain"}:
            out = [piece if piece == "%s" else piece.replace("%", "%%") for piece in out]
        text = "".join(out)
        if self.placeholder != "%s" and self.style == "percent":
            text = text.replace("%%", "%")
        prefix = token.prefix
        if self.kept == kept and self.style in {"f-string", "format"}:
            is_f = "f" in prefix.lower()
            if is_f or self.style == "format":
                text = text.replace("{{", "{").replace("}}", "}")
            prefix = prefix.replace("f", "").replace("F", "")
        return f"{prefix}{token.quote}{text}{token.quote}"

    def hole(self, hole: Hole, parts: list[Text | Hole], out: list[str], token: Token) -> None:
        so_far = self.before
        quoted = QUOTE.search(out[-1]) if out else None
        if quoted and so_far.count(quoted[1]) % 2:
            out[-1] = out[-1][: quoted.start()]
            self.before = self.before[: len(self.before) - len(quoted[0])]
            self.value(self.literal(hole, quoted, parts, token), hole)
            out.append(self.mark())
        elif VALUE_BEFORE.search(so_far):
            self.value(self.plain(hole), hole)
            out.append(self.mark())
        elif self.is_untrusted(hole):
            raise CannotWrite("A table or column name cannot be a parameter; check it against a fixed list.")
        else:
            self.kept += 1
            out.append(hole.raw)

    def literal(self, hole: Hole, quoted: re.Match[str], parts: list[Text | Hole], token: Token) -> str:
        """The value of a quoted SQL string that holds one or more values, perhaps with text around them."""
        inside: list[str | Hole] = [quoted[2], hole]
        while parts:
            part = parts.pop(0)
            if isinstance(part, Hole):
                inside.append(part)
                continue
            end = re.search(rf"\\?{quoted[1]}", part.raw)
            if end is None:
                inside.append(part.raw)
                continue
            inside.append(part.raw[: end.start()])
            parts.insert(0, Text(part.raw[end.end() :]))
            break
        else:
            raise CannotWrite("The quoted text around the value does not end in the same string.")
        pieces = [one for one in inside if one != ""]
        if len(pieces) == 1:
            return self.plain(hole)
        return self.joined(pieces, token)

    def joined(self, pieces: list[str | Hole], token: Token) -> str:
        text = ""
        for piece in pieces:
            if isinstance(piece, Hole):
                text += f"{{{self.plain(piece)}}}"
            elif self.style == "percent":
                text += piece.replace("%%", "%").replace("{", "{{").replace("}", "}}")
            elif self.style == "plus":
                text += piece.replace("{", "{{").replace("}", "}}")
            else:
                text += piece
        quote = '"' if '"' not in text else "'"
        if quote in text or "\\" in text or (len(token.quote) == 1 and "\n" in text):
            raise CannotWrite("The quoted text around the value is too intricate to move.")
        return f"f{quote}{text}{quote}"

    def plain(self, hole: Hole) -> str:
        if not hole.plain:
            raise CannotWrite("The value is formatted on its way into the statement.")
        if any(isinstance(one, cst.Call) and _is_join(one) for one in (hole.value,)):
            raise CannotWrite("A list of values needs one placeholder for each.")
        return self.source.code(hole.value)

    def value(self, code: str, hole: Hole) -> None:
        self.values.append(code)
        base = re.sub(r"\W+", "_", self.source.code(hole.value)).strip("_").lower()
        base = base if re.fullmatch(r"[a-z]\w{0,20}", base) else f"value_{len(self.names) + 1}"
        self.names.append(base if base not in self.names else f"{base}_{len(self.names) + 1}")

    def mark(self) -> str:
        return f":{self.names[-1]}" if self.placeholder == ":" else self.placeholder


def _is_join(call: cst.Call) -> bool:
    return isinstance(call.func, cst.Attribute) and call.func.attr.value == "join"
