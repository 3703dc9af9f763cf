"""The process that runs a grammar: suffix and seconds as arguments, text in, JSON out."""

from __future__ import annotations

import importlib
import json
import resource
import sys

from tree_sitter import Language, Node, Parser, Query, QueryCursor

from bot.review.claude.syntax.grammars import AROUND, BEFORE, GRAMMARS, Grammar

MOST_HEADER = 12  # lines
SHORT = 3  # lines; a shorter function without a name says nothing of its surroundings
MEMORY = 2 * 1024**3
Row = tuple[str, int, int, int, int, bool]  # the fields of a Block


def main(suffix: str, seconds: int) -> None:
    """Limit this process, read the text from standard input and write what is found."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    blocks, imports = find(GRAMMARS[suffix], sys.stdin.buffer.read())
    sys.stdout.write(json.dumps({"blocks": blocks, "imports": imports}))


def find(grammar: Grammar, source: bytes) -> tuple[list[Row], list[tuple[int, int]]]:
    """The blocks and the lines of the imports, in no order."""
    language, query = _loaded(grammar)
    found = QueryCursor(query).captures(Parser(language).parse(source).root_node)
    blocks = [_block(node, is_function=name != "t") for name in "fta" for node in found.get(name, [])]
    kept = {one for one in blocks if one[0] or one[2] - one[1] + 1 >= SHORT}
    return list(kept), [_rows(node) for node in found.get("i", [])]


def _loaded(grammar: Grammar) -> tuple[Language, Query]:
    language = Language(getattr(importlib.import_module(grammar.package), grammar.language)())
    kinds = {"f": grammar.functions, "t": grammar.types, "i": grammar.imports, "a": grammar.anonymous}
    patterns = [
        name if name.startswith("(") else f"({name}) @{kind}"
        for kind, names in kinds.items()
        for name in names
    ]
    return language, Query(language, "\n".join(patterns))


def _rows(node: Node) -> tuple[int, int]:
    """First and last line; a node that ends before a line's first character does not have it."""
    last = node.end_point.row + (1 if node.end_point.column else 0)
    return node.start_point.row + 1, max(node.start_point.row + 1, last)


def _block(node: Node, *, is_function: bool) -> Row:
    outer = node
    while outer.parent is not None and outer.parent.type in AROUND:
        outer = outer.parent
    start, end = _rows(outer)
    before = outer.prev_named_sibling
    while before is not None and before.type in BEFORE:
        start, before = before.start_point.row + 1, before.prev_named_sibling
    body = node.child_by_field_name("body")
    line = node.start_point.row + 1
    header = body.start_point.row + 1 if body is not None else line
    last = max(line, min(header, line + MOST_HEADER - 1))
    return _name(node), start, end, line, last, is_function


def _name(node: Node) -> str:
    named = node.child_by_field_name("type" if node.type == "impl_item" else "name")
    if named is None and (declarator := node.child_by_field_name("declarator")) is not None:
        while (inner := declarator.child_by_field_name("declarator")) is not None:
            declarator = inner
        named = declarator
    if named is None and node.parent is not None:
        fields = ("name", "left", "key", "property")  # what an anonymous function is given to
        around = node.parent if node.parent.type in AROUND else None
        named = next((one for name in fields if around and (one := around.child_by_field_name(name))), None)
    text = named.text if named is not None else None
    return " ".join(text.decode("utf-8", "replace").split()) if text else ""


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
