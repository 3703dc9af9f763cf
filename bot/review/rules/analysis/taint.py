"""Whether an expression carries untrusted input, and which."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import libcst as cst

from bot.review.rules.analysis.names import Function, argument, string_value
from bot.review.rules.analysis.origins import Origin, request_origin

# Calls whose answer still holds the text that went in. Any other is taken to clean it: silence when unsure.
PASSING_CALLS = frozenset({
    "str", "bytes", "bytearray", "list", "tuple", "sorted", "reversed", "os.path.join", "os.path.normpath",
    "os.path.abspath", "os.path.realpath", "os.path.expanduser", "os.fspath", "pathlib.Path",
    "pathlib.PurePath",
    "sqlalchemy.text", "sqlalchemy.sql.text", "io.BytesIO", "io.StringIO", "urllib.parse.unquote",
    "textwrap.dedent",
    "tarfile.open", "tarfile.TarFile", "tarfile.TarFile.open",
})  # fmt: skip
PASSING_METHODS = frozenset({
    "strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "casefold", "encode",
    "decode", "format",
    "join", "split", "splitlines", "removeprefix", "removesuffix", "replace", "expandtabs", "get", "getlist",
    "read", "joinpath", "resolve", "absolute", "expanduser", "with_suffix", "getvalue", "copy",
    "items", "values",
})  # fmt: skip
# Names that a generated test may hold in quotes as they are.
PLAIN_KEY = re.compile(r"[\w.\-]+")
LONGEST_WAY = 200  # lines; what comes after is not noted, so that hostile code cannot make it cost much
DECODING_CALLS = {
    "base64.b64decode": "base64.b64encode",
    "base64.urlsafe_b64decode": "base64.urlsafe_b64encode",
    "base64.standard_b64decode": "base64.standard_b64encode",
}


@dataclass(frozen=True, slots=True)
class Taint:
    """Untrusted inputs in a value, the lines of their way, and the reverse of each decoding on it."""

    origins: frozenset[Origin] = frozenset()
    lines: frozenset[int] = frozenset()
    encodings: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.origins)

    @property
    def origin(self) -> Origin:
        """The input that a test sends: rather of a request than a parameter."""
        return min(self.origins, key=lambda one: (not one.is_remote, one.name))

    def __or__(self, other: Taint) -> Taint:
        if not other:
            return self
        if not self:
            return other
        return Taint(
            self.origins | other.origins, self.lines | other.lines, self.encodings or other.encodings
        )

    def through(self, lines: Iterable[int]) -> Taint:
        if len(self.lines) > LONGEST_WAY:
            return self
        return replace(self, lines=self.lines | frozenset(lines))

    def without(self, origins: frozenset[Origin]) -> Taint:
        kept = self.origins - origins
        return replace(self, origins=kept) if kept else CLEAN


CLEAN = Taint()
Lookup = Callable[[str], Taint]  # the taint of a local name


def taint_of(node: cst.BaseExpression, function: Function, lookup: Lookup) -> Taint:
    """The taint of an expression, given that of the names in it."""
    if origin := request_origin(function, node):
        return Taint(frozenset({origin}))
    if isinstance(node, cst.Name):
        return lookup(node.value)
    if isinstance(node, cst.Subscript):
        return _entry(taint_of(node.value, function, lookup), _subscript_key(node))
    if isinstance(node, cst.Call):
        return _call(node, function, lookup)
    result = CLEAN
    for part in _parts(node):
        result |= taint_of(part, function, lookup)
    return result


def _parts(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """The expressions whose text ends up in the value of this one."""
    if isinstance(node, cst.FormattedString):
        yield from (part.expression for part in node.parts if isinstance(part, cst.FormattedStringExpression))
    elif isinstance(node, cst.BinaryOperation | cst.BooleanOperation | cst.ConcatenatedString):
        yield from (node.left, node.right)
    elif isinstance(node, cst.IfExp):
        yield from (node.body, node.orelse)
    elif isinstance(node, cst.NamedExpr):
        yield node.value
    elif isinstance(node, cst.Await):
        yield node.expression
    elif isinstance(node, cst.Tuple | cst.List | cst.Set | cst.Dict):
        yield from (element.value for element in node.elements)


def _call(node: cst.Call, function: Function, lookup: Lookup) -> Taint:
    called = function.called(node)
    given = CLEAN
    for arg in node.args:
        given |= taint_of(arg.value, function, lookup)
    if (told := _as_told(node, function, lookup, given)) is not None:
        return told
    if called in DECODING_CALLS:
        return replace(given, encodings=(*given.encodings, DECODING_CALLS[called])) if given else CLEAN
    if called in PASSING_CALLS:
        return given
    if isinstance(node.func, cst.Attribute) and node.func.attr.value in PASSING_METHODS:
        receiver = taint_of(node.func.value, function, lookup)
        if node.func.attr.value in {"get", "getlist"}:
            first = argument(node, 0)
            return _entry(receiver, string_value(first.value) if first else None)
        return receiver | (given if node.func.attr.value in {"format", "join", "joinpath"} else CLEAN)
    return CLEAN


def _as_told(node: cst.Call, function: Function, lookup: Lookup, given: Taint) -> Taint | None:
    """The taint of a call that somebody told us of, None for any other."""
    if function.calls_one_of(node, function.known.cleaning):
        return CLEAN
    if not function.calls_one_of(node, function.known.passing):
        return None
    return (
        given | taint_of(node.func.value, function, lookup) if isinstance(node.func, cst.Attribute) else given
    )


def _subscript_key(node: cst.Subscript) -> str | None:
    index = node.slice[0].slice
    return string_value(index.value) if len(node.slice) == 1 and isinstance(index, cst.Index) else None


def _entry(taint: Taint, key: str | None) -> Taint:
    """The taint of one entry of a mapping: a field of the request, or a key of a parameter."""
    if not key or not PLAIN_KEY.fullmatch(key):
        return taint
    origins = set()
    for origin in taint.origins:
        if origin.is_remote and not origin.name:
            origins.add(replace(origin, name=key))
        elif origin.kind == "parameter" and not origin.key:
            origins.add(replace(origin, key=key))
        else:
            origins.add(origin)
    return replace(taint, origins=frozenset(origins))
