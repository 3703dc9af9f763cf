"""Which conditions and calls count as a check of an input; after one the rules stay silent about it."""

from __future__ import annotations

import re

import libcst as cst

from bot.review.rules.analysis.names import dotted

CHECKING_NAME = re.compile(
    r"(valid|check|ensure|assert|verif|sanit|require|guard|relative_to|safe|allow|clean)", re.IGNORECASE
)
TYPE_CHECKS = frozenset({"isinstance", "len", "hasattr", "callable", "bool"})
LEAVING_CALLS = re.compile(r"(^|\.)(abort|exit|_exit|fail|redirect)$")


def leaves(body: cst.BaseSuite) -> bool:
    """Does the block always end by leaving (return, raise, continue, break, abort())?"""
    if not body.body:
        return False
    last = body.body[-1]
    if isinstance(last, cst.SimpleStatementLine):
        last = last.body[-1]
    if isinstance(last, cst.Return | cst.Raise | cst.Continue | cst.Break):
        return True
    if isinstance(last, cst.Expr) and isinstance(last.value, cst.Call):
        return bool(LEAVING_CALLS.search(dotted(last.value.func)))
    if isinstance(last, cst.If) and isinstance(last.orelse, cst.Else):
        return leaves(last.body) and leaves(last.orelse.body)
    return False


def checked_names(test: cst.BaseExpression) -> frozenset[str]:
    """Names whose value the condition looks at beyond "is it there" and "what type is it"."""
    if isinstance(test, cst.BooleanOperation):
        return checked_names(test.left) | checked_names(test.right)
    if isinstance(test, cst.UnaryOperation):
        return checked_names(test.expression)
    if isinstance(test, cst.NamedExpr):
        return checked_names(test.value)
    return frozenset() if _is_presence(test) else names_in(test)


def _is_presence(test: cst.BaseExpression) -> bool:
    """`x`, `isinstance(x, str)`, `x is None`, `len(x) > 3`: says nothing of what the text may hold."""
    if isinstance(test, cst.Call):
        called = dotted(test.func)
        if called.endswith((".strip", ".lower", ".upper")):
            return True
        return called in TYPE_CHECKS or called.endswith((".exists", ".isfile", ".is_file", ".is_dir"))
    if not isinstance(test, cst.Comparison):
        return isinstance(test, cst.Name | cst.Attribute | cst.Subscript)
    right = test.comparisons[0].comparator
    if isinstance(right, cst.Name) and right.value in {"None", "True", "False"}:
        return True
    if isinstance(right, cst.SimpleString) and right.evaluated_value in {"", b""}:
        return True
    return isinstance(test.left, cst.Call) and dotted(test.left.func) in {"len", "type"}


def checked_by_call(call: cst.Call) -> frozenset[str]:
    """Names that a bare call such as `validate(name)` or `path.relative_to(root)` checks by raising."""
    called = dotted(call.func) or (call.func.attr.value if isinstance(call.func, cst.Attribute) else "")
    if not CHECKING_NAME.search(called):
        return frozenset()
    return names_in(call)


def names_in(node: cst.CSTNode) -> frozenset[str]:
    """Every plain name in an expression."""
    if isinstance(node, cst.Name):
        return frozenset({node.value})
    if isinstance(node, cst.Attribute):
        return names_in(node.value)
    found: frozenset[str] = frozenset()
    for child in node.children:
        found |= names_in(child)
    return found
