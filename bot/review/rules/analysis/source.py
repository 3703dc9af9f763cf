"""One Python file of a hostile tree, parsed, with the exact place of every node."""

from __future__ import annotations

import ast
import subprocess
import sys
import threading
import warnings
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

import libcst as cst
from libcst.metadata import ByteSpanPositionProvider, CodeSpan, MetadataWrapper, ParentNodeProvider

MAX_BYTES = 250_000
# libcst's parser recurses in C without a limit and takes quadratic time and memory for long chains: 20,000
# minus signs end the process. What Python's own parser, which has limits, finds flat is safe. What that one
# does not know (newer syntax, or no Python at all) a child process has to try first.
MAX_DEPTH = 200
STACK = 64 << 20
TRIAL = Path(__file__).with_name("trial.py")
TRIAL_SECONDS = 30


class Unreadable(Exception):
    """The file cannot be reviewed; the message is the reason, for people."""


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a file: offsets in bytes, the end left out."""

    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Source:
    """A parsed file. Places are spans of `data`, which is the file without a byte order mark."""

    path: str
    data: bytes
    module: cst.Module
    spans: Mapping[cst.CSTNode, Span]
    parents: Mapping[cst.CSTNode, cst.CSTNode]
    starts: tuple[int, ...]  # offset of each line
    tree: Path  # where the file was read

    @property
    def newline(self) -> str:
        return "\r\n" if b"\r\n" in self.data else "\n"

    def code(self, node: cst.CSTNode) -> str:
        """The node as it is written, with the parentheses around it."""
        span = self.outer_span(node)
        return self.data[span.start : span.end].decode()

    def outer_span(self, node: cst.CSTNode) -> Span:
        """The node's span with its own parentheses."""
        before = getattr(node, "lpar", ()) or ()
        after = getattr(node, "rpar", ()) or ()
        span = self.spans[node]
        start = self.spans[before[0]].start if before else span.start
        end = self.spans[after[-1]].end if after else span.end
        return Span(start, end)

    def line(self, offset: int) -> int:
        """The number of the line that holds the byte at `offset`."""
        return bisect_right(self.starts, offset)

    def lines(self, node: cst.CSTNode) -> range:
        """Line numbers of a simple statement or expression; of a compound statement, those of its head."""
        span = self.spans[node]
        body = getattr(node, "body", None)
        if isinstance(node, cst.BaseCompoundStatement) and isinstance(body, cst.BaseSuite):
            end = len(self.data[: self.spans[body].start].rstrip())
            return range(self.line(span.start), max(self.line(span.start), self.line(end - 1)) + 1)
        return range(self.line(span.start), self.line(max(span.start, span.end - 1)) + 1)

    def text_of(self, lines: range) -> str:
        """Whole lines as they stand in the file, without the last line's end."""
        end = self.starts[lines.stop - 1] if lines.stop - 1 < len(self.starts) else len(self.data)
        return self.data[self.starts[lines.start - 1] : end].decode().rstrip("\r\n")

    def below(self, node: cst.CSTNode) -> Sequence[cst.CSTNode]:
        """The node's children in the text's order; libcst's own `children` visits them all to find them."""
        return self._below.get(node, ())

    @cached_property
    def _below(self) -> Mapping[cst.CSTNode, Sequence[cst.CSTNode]]:
        found: dict[cst.CSTNode, list[cst.CSTNode]] = {}
        for child, parent in self.parents.items():
            found.setdefault(parent, []).append(child)
        return found

    def above(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The node's ancestors, nearest first."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent


def read_source(tree: Path, path: str) -> Source:
    """Parse the file at `path` of `tree`.

    Raises Unreadable when it is missing, a link, too big or not Python.
    """
    root = tree.resolve()
    file = root / path
    if not file.is_file() or file.resolve() != file:
        raise Unreadable("It is not a regular file of the repository.")
    if file.stat().st_size > MAX_BYTES:
        raise Unreadable(f"It is larger than {MAX_BYTES // 1000} kB.")
    data = file.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable("It is not UTF-8 text.") from None
    return parse_source(path, data, root)


def parse_source(path: str, data: bytes, tree: Path) -> Source:
    """Parse UTF-8 bytes, which may be hostile. Raises Unreadable for what is not Python or nests too deep."""
    depth = _depth(data)
    if depth is None:
        _try_elsewhere(data)
    elif depth > MAX_DEPTH:
        raise Unreadable("Its code nests too deep to be reviewed.")
    answer: list[Source | Unreadable] = []

    def work() -> None:
        try:
            answer.append(_parse(path, data, tree))
        except cst.ParserSyntaxError as error:
            answer.append(Unreadable(f"It cannot be parsed as Python (line {error.raw_line})."))
        except RecursionError:
            answer.append(Unreadable("Its expressions nest too deep to be reviewed."))

    before = threading.stack_size(STACK)
    try:
        thread = threading.Thread(target=work, name="parse", daemon=True)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    if not answer:
        raise Unreadable("The parser failed on it.")
    if isinstance(answer[0], Unreadable):
        raise answer[0]
    return answer[0]


def _depth(data: bytes) -> int | None:
    """How deep the syntax tree nests; None when Python's own parser does not take the text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            row: list[ast.AST] = [ast.parse(data)]
        except (SyntaxError, ValueError):
            return None
        except (RecursionError, MemoryError):
            return MAX_DEPTH + 1
    depth = 0
    while row:
        row = [child for node in row for child in ast.iter_child_nodes(node)]
        depth += 1
    return depth


def _try_elsewhere(data: bytes) -> None:
    """Parse in a child process with limits. Raises Unreadable when the child does not live through it."""
    command = [sys.executable, "-I", str(TRIAL), str(STACK)]
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=TRIAL_SECONDS, check=False, env={}
        )
    except subprocess.TimeoutExpired:
        raise Unreadable("It takes too long to parse.") from None
    if done.returncode != 0:
        raise Unreadable("It nests too deep to be parsed.")


def _parse(path: str, data: bytes, tree: Path) -> Source:
    wrapper = MetadataWrapper(cst.parse_module(data.decode()), unsafe_skip_copy=True)
    found = wrapper.resolve_many([ByteSpanPositionProvider, ParentNodeProvider])
    places = cast("Mapping[cst.CSTNode, CodeSpan]", found[ByteSpanPositionProvider])
    parents = cast("Mapping[cst.CSTNode, cst.CSTNode]", found[ParentNodeProvider])
    spans = {node: Span(span.start, span.start + span.length) for node, span in places.items()}
    starts = [0]
    for row in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(row))
    if len(starts) > 1 and starts[-1] == len(data):
        starts.pop()
    return Source(path, data, wrapper.module, spans, dict(parents), tuple(starts), tree)
