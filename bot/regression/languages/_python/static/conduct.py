"""How a test must not behave: skip itself, assert constants, catch everything, meddle with its runner."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from bot.gates.static import Objection
from bot.records import Reason
from bot.regression.languages._python.static.text import Text

SKIPS = re.compile(
    r"(pytest\.(skip|xfail|importorskip|mark\.(skip|skipif|xfail))"
    r"|unittest\.(skip|skipIf|skipUnless|expectedFailure|SkipTest)|self\.skipTest)"
)
MODULES = ("ctypes", "_ctypes", "_pytest", "pluggy", "suture_", "__main__", "cffi")
CALLS = re.compile(
    r"(sys\.(settrace|setprofile|_getframe|_current_frames|addaudithook|unraisablehook)|sys\.monitoring\.\w+"
    r"|gc\.get_(objects|referrers|referents)|threading\.(settrace|setprofile)|inspect\.(stack|currentframe)"
    r"|atexit\.register|exec|builtins\.exec|__import__|os\.(write|pwrite|dup2?|fdopen))"
)
NAMES = re.compile(r"(sys\.meta_path|sys\.path_hooks|builtins\.\w+|__builtins__(\.\w+)*)")
STRINGS = re.compile(r"^(/out($|/)|/proc/self/(fd|mem|maps)|SUTURE_)")
HOOKS = re.compile(r"pytest_(?!generate_tests$)\w+|pytest_plugins")
RUNNER = re.compile(r"(request\.(config|session)|pytestconfig)\b")


def skips(text: Text) -> Iterator[Objection]:
    """Skips and expected failures: such a test need not be green to look green."""
    for node in text.nodes:
        if isinstance(node, ast.Attribute | ast.Name) and SKIPS.fullmatch(name := text.dotted(node)):
            yield Objection(Reason.SKIPS, node.lineno, f"uses {name}: the test has to run and to hold")


def constant_assertions(text: Text) -> Iterator[Objection]:
    """Assertions that hold whatever the product does."""
    for node in text.nodes:
        if isinstance(node, ast.Assert) and always_true(node.test):
            what = f"asserts {ast.unparse(node.test)[:60]}, which always holds"
            yield Objection(Reason.CONSTANT_ASSERTION, node.lineno, what)


def always_true(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple):
        return bool(node.elts)  # `assert (condition, "message")`
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return isinstance(node.operand, ast.Constant) and not node.operand.value
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        return any(always_true(one) for one in node.values)
    if isinstance(node, ast.BoolOp):
        return all(always_true(one) for one in node.values)
    if isinstance(node, ast.Compare):
        parts = [node.left, *node.comparators]
        same = len(parts) == 2 and ast.dump(parts[0]) == ast.dump(parts[1]) and _is_plain(parts[0])
        equal = isinstance(node.ops[0], ast.Eq | ast.Is | ast.LtE | ast.GtE)
        return (same and equal) or all(isinstance(one, ast.Constant) for one in parts)
    return isinstance(node, ast.Constant) and bool(node.value)


def _is_plain(node: ast.expr) -> bool:
    """Names and attributes only: two calls of a function may well give two values."""
    return isinstance(node, ast.Name | ast.Attribute | ast.Constant)


def catches_all(text: Text) -> Iterator[Objection]:
    """Handlers that swallow even what ends a test, and expectations that any error fulfils.

    `pytest.raises(Exception)` around one single call is let pass: it says "the code refuses this", and a
    benign case (G6) keeps it from being fulfilled by a typing mistake.
    """
    for node in text.nodes:
        if isinstance(node, ast.ExceptHandler) and _is_all(node.type, text):
            yield Objection(Reason.CATCHES_ALL, node.lineno, "catches everything, its own failure included")
    for call, name in text.calls():
        if name == "contextlib.suppress" and any(_is_all(one, text) for one in call.args):
            yield Objection(Reason.CATCHES_ALL, call.lineno, "suppresses everything")
    for node in text.nodes:
        for item in node.items if isinstance(node, ast.With | ast.AsyncWith) else ():
            if (name := _expected(item.context_expr, text)) and not _is_allowed(name, node):
                what = f"expects {name} from more than one call: any mistake fulfils that"
                yield Objection(Reason.CATCHES_ALL, item.context_expr.lineno, what)


def _is_all(node: ast.expr | None, text: Text) -> bool:
    if isinstance(node, ast.Tuple):
        return any(_is_all(one, text) for one in node.elts)
    return node is None or text.dotted(node) == "BaseException"


def _expected(node: ast.expr, text: Text) -> str:
    """ "Exception" when this is `pytest.raises(Exception)` without a match; else ""."""
    if not isinstance(node, ast.Call) or not node.args:
        return ""
    if text.dotted(node.func).rpartition(".")[2] not in {"raises", "assertRaises"}:
        return ""
    if any(one.arg == "match" for one in node.keywords):
        return ""
    expected = node.args[0].elts if isinstance(node.args[0], ast.Tuple) else [node.args[0]]
    names = {text.dotted(one) for one in expected}
    return next(iter(names & {"BaseException", "Exception"}), "")


def _is_allowed(name: str, block: ast.AST) -> bool:
    body = block.body if isinstance(block, ast.With | ast.AsyncWith) else []
    if name != "Exception" or len(body) != 1:
        return False
    value = body[0].value if isinstance(body[0], ast.Expr | ast.Assign) else None
    value = value.value if isinstance(value, ast.Await) else value
    return isinstance(value, ast.Call | ast.Attribute | ast.Subscript)


def tampers(text: Text) -> Iterator[Objection]:
    """Ways to the interpreter's inside, to the test runner and to the file that the results stand in."""
    for node in text.nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [name for name in _modules(node) if name.startswith(MODULES)]
            yield from (Objection(Reason.TAMPERS, node.lineno, f"imports {name}") for name in names)
    for call, name in text.calls():
        if CALLS.fullmatch(name) and not text.is_product(name):
            yield Objection(Reason.TAMPERS, call.lineno, f"calls {name}")
    yield from _runner(text)
    yield from _module_table(text)


def _runner(text: Text) -> Iterator[Objection]:
    """Hooks and insides of the test runner, and the names of its files."""
    for node in text.nodes:
        if isinstance(node, ast.Attribute) and RUNNER.match(text.dotted(node)):
            yield Objection(Reason.TAMPERS, node.lineno, f"uses {text.dotted(node)}")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and STRINGS.match(node.value):
            yield Objection(Reason.TAMPERS, node.lineno, f"names {node.value[:40]}")
        elif isinstance(node, ast.FunctionDef) and HOOKS.fullmatch(node.name):
            yield Objection(Reason.TAMPERS, node.lineno, f"defines the runner's hook {node.name}")
        elif isinstance(node, ast.Name) and node.id == "pytest_plugins":
            yield Objection(Reason.TAMPERS, node.lineno, "loads plugins of the runner")


def _modules(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom):
        yield node.module or ""
    else:
        yield from (one.name for one in node.names)


def _module_table(text: Text) -> Iterator[Objection]:
    """Uses of `sys.modules` and the like, other than a look into it or a stand-in that is put back."""
    allowed = set()
    for node in text.nodes:
        is_look = isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn)
        if is_look or (isinstance(node, ast.Call) and _puts_stand_in(node, text)):
            allowed |= {id(inner) for inner in ast.walk(node)}
    for node in text.nodes:
        if isinstance(node, ast.Attribute | ast.Name) and id(node) not in allowed:
            name = text.dotted(node)
            written = isinstance(node.ctx, ast.Store | ast.Del)
            if name == "sys.modules" or NAMES.fullmatch(name) or (written and name.startswith("sys.")):
                yield Objection(Reason.TAMPERS, node.lineno, f"uses {name}")


def _puts_stand_in(call: ast.Call, text: Text) -> bool:
    name = text.dotted(call.func).rpartition(".")[2]
    names = [one.value for one in call.args[1:2] if isinstance(one, ast.Constant)]
    if name in {"setitem", "delitem"}:
        return bool(names) and not text.is_product(str(names[0]))
    return name in {"setattr", "delattr"}
