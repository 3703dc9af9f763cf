"""Stand-ins: a test may replace what surrounds the unit under test, never the unit itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from bot.gates.static import Objection
from bot.records import Reason
from bot.regression.languages._python.static.text import Text

COMPUTED = "\0"


def replaces_unit(text: Text) -> Iterator[Objection]:
    """Replaced attributes that are the function, class or constant the test is about."""
    for node, owner, name in _replaced(text):
        if name == COMPUTED and text.is_product(owner):
            what = f"replaces an attribute of {owner} by a computed name"
            yield Objection(Reason.PATCHES_UNIT, node.lineno, what)
        elif name in text.unit.names and not _is_foreign(owner, text):
            what = f"replaces {name}, which the test is about"
            yield Objection(Reason.PATCHES_UNIT, node.lineno, what)


def _replaced(text: Text) -> Iterator[tuple[ast.expr, str, str]]:
    """(where, owner's dotted name, attribute) of all that is replaced; the owner is "" when not known."""
    for call, called in text.calls():
        last = called.rpartition(".")[2]
        is_object = last == "object" and ".patch." in f".{called}"
        if call.args and (is_object or last in {"setattr", "delattr"}):
            yield call, *_pair(call, text)
        elif last == "patch" and call.args:
            yield call, *_split(call.args[0])
        elif last == "multiple" and call.args:
            owner = _split_owner(call.args[0], text)
            yield from ((call, owner, one.arg) for one in call.keywords if one.arg)
    for node in text.nodes:
        targets = node.targets if isinstance(node, ast.Assign | ast.Delete) else []
        for target in targets:
            # On an instance of the test's own an assignment is ordinary use
            if isinstance(target, ast.Attribute) and text.is_product(text.dotted(target.value)):
                yield target, text.dotted(target.value), target.attr


def _pair(call: ast.Call, text: Text) -> tuple[str, str]:
    first = call.args[0]
    if isinstance(first, ast.Constant):  # monkeypatch.setattr("package.module.name", value)
        return _split(first)
    second = call.args[1] if len(call.args) > 1 else None
    name = second.value if isinstance(second, ast.Constant) and isinstance(second.value, str) else COMPUTED
    return text.dotted(first), name


def _split(node: ast.expr) -> tuple[str, str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        owner, _, name = node.value.rpartition(".")
        return owner, name
    return "", COMPUTED


def _split_owner(node: ast.expr, text: Text) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else text.dotted(node)


def _is_foreign(owner: str, text: Text) -> bool:
    """Is this owner something that is not of the tree (`requests`, also as the tree's own `x.requests`)?"""
    if not owner:
        return False
    top, _, rest = owner.partition(".")
    if text.is_product(owner):
        return rest.rpartition(".")[2] in {used.partition(".")[0] for used in text.used} - text.product
    return top in {name.partition(".")[0] for name in text.imports.values()}
