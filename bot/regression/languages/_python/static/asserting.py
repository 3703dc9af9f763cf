"""Does a test assert something that depends on the code under test?"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from bot.regression.languages._python.static.conduct import always_true
from bot.regression.languages._python.static.text import FUNCTIONS, Function, Text

BUILT_IN = frozenset({
    "tmp_path", "tmp_path_factory", "tmpdir", "tmpdir_factory", "monkeypatch", "capsys", "capfd", "caplog",
    "capsysbinary", "capfdbinary", "recwarn", "request", "record_property", "cache", "pytestconfig",
    "testdir", "pytester", "self", "cls",
})  # fmt: skip
EXPECTS = frozenset({"raises", "warns", "deprecated_call", "fail", "assertRaises", "assertWarns"})
SCOPES = (*FUNCTIONS, ast.ClassDef)


def asserts_on_product(text: Text, new: frozenset[int]) -> bool:
    """Does one of the new tests touch the product and assert something that is not constant?

    By names only: what a name was once made of, it depends on, and a function depends on all that it names.
    """
    tainted = _tainted(text)
    local = {node.name: node for node in text.nodes if isinstance(node, FUNCTIONS)}
    always = [one for one in local.values() if "autouse=True" in map(ast.unparse, _given(one))]
    for test in text.tests():
        if not new.isdisjoint(range(test.lineno, (test.end_lineno or test.lineno) + 1)):
            parts = (*_reached(test, local), *always)
            if any(_touches(one, tainted) for one in parts) and any(_asserts(one) for one in parts):
                return True
    return False


def _given(function: Function) -> Iterator[ast.keyword]:
    """What its decorators are given by name."""
    for one in function.decorator_list:
        yield from one.keywords if isinstance(one, ast.Call) else ()


def _reached(test: Function, local: dict[str, Function]) -> Iterator[Function]:
    """The test and the functions of the file it comes to: calls, fixtures."""
    seen: dict[str, Function] = {test.name: test}
    waiting = [test]
    while waiting:
        one = waiting.pop()
        yield one
        names = {node.id for node in ast.walk(one) if isinstance(node, ast.Name)}
        names |= {node.attr for node in ast.walk(one) if isinstance(node, ast.Attribute)}
        names |= {argument.arg for argument in one.args.args}
        for name in names & local.keys() - seen.keys():
            seen[name] = local[name]
            waiting.append(local[name])


def _tainted(text: Text) -> frozenset[str]:
    """Names that come from the product; fixtures from elsewhere may, so they do."""
    own = {node.name for node in text.nodes if isinstance(node, SCOPES)}
    given = {
        argument.arg for node in text.nodes if isinstance(node, FUNCTIONS) for argument in node.args.args
    }
    parametrized = {
        word.strip()
        for node in text.nodes
        if isinstance(node, ast.Call) and text.dotted(node.func).endswith("parametrize") and node.args
        for part in ast.walk(node.args[0])
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
        for word in part.value.split(",")
    }
    found = {name for name, target in text.imports.items() if text.is_product(target)}
    found |= given - own - parametrized - BUILT_IN
    found |= {"*"} if any(name == "*" for name in text.imports) else set()
    before = -1
    while len(found) != before:
        before = len(found)
        for node in text.nodes:
            if isinstance(node, SCOPES):
                if _names(node) & found:
                    found.add(node.name)
            elif (value := getattr(node, "value", None)) is not None or isinstance(node, ast.withitem):
                source = node.context_expr if isinstance(node, ast.withitem) else value
                if isinstance(source, ast.AST) and _names(source) & found:
                    found |= _targets(node)
    return frozenset(found)


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}


def _targets(node: ast.AST) -> set[str]:
    places = [
        *getattr(node, "targets", []), getattr(node, "target", None), getattr(node, "optional_vars", None)
    ]  # fmt: skip
    nodes = [node for place in places if place is not None for node in ast.walk(place)]
    return {one.id for one in nodes if isinstance(one, ast.Name)}


def _touches(function: Function, tainted: frozenset[str]) -> bool:
    arguments = {one.arg for one in (*function.args.args, *function.args.kwonlyargs)}
    return "*" in tainted or bool((_names(function) | arguments) & tainted)


def _asserts(function: Function) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Assert) and not always_true(node.test):
            return True
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in EXPECTS or name.startswith(("assert_", "assert")):
                return True
    return False
