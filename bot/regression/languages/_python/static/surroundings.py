"""What a fix has no business with: the process it runs in, the interpreter's inside, the test runner."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from bot.gates.static import Objection, Unit
from bot.records import Reason
from bot.regression.languages._python.static.text import Text, imports_of

RUNNERS = frozenset({"pytest", "_pytest", "pluggy", "unittest", "ctypes", "gc", "faulthandler"})
LOOKS = re.compile(
    r"(sys\.(modules|argv|orig_argv|flags|dont_write_bytecode|_getframe|_current_frames|gettrace|getprofile"
    r"|settrace|setprofile|addaudithook|monitoring|meta_path|path_hooks|excepthook|unraisablehook)"
    r"|inspect\.(stack|currentframe|trace)|traceback\.\w+_stack|warnings\.filters|logging\.(root|getLogger\.handlers)"
    r"|threading\.(enumerate|main_thread|current_thread|active_count|settrace|setprofile)"
    r"|signal\.(getsignal|getitimer)|os\.(_exit|abort|kill|killpg|getpid|getppid|pwrite|dup2)"
    r"|atexit\.\w+|builtins\.\w+|importlib\.util\.find_spec|(builtins\.)?(exec|eval|compile|__import__))"
)
STREAMS = re.compile(r"sys\.(stdin|stdout|stderr)")
STRINGS = re.compile(r"pytest|PYTHONHASHSEED|SUTURE_|^/(out|tree)(/|$)|^/proc/self", re.IGNORECASE)


def surroundings(before: str, after: str) -> tuple[Objection, ...]:
    """Such uses in a source file that the version before it had not; () where either is no Python."""
    try:
        old, new = dict(_uses(before)), dict(_uses(after))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(
        Objection(Reason.KNOWS_RUNNER, line, f"newly uses {what}")
        for what, line in new.items()
        if what not in old
    )


def _uses(source: str) -> Iterator[tuple[str, int]]:
    module = ast.parse(source)
    nodes = tuple(ast.walk(module))
    text = Text(module, nodes, dict(imports_of(nodes)), frozenset(), Unit(), frozenset(), Path())
    documents = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (
                (name, node.lineno) for name in _modules(node) if name in RUNNERS or name[:7] == "suture_"
            )
        elif isinstance(node, ast.Name | ast.Attribute) and LOOKS.fullmatch(name := _named(node, text)):
            yield name, node.lineno
        elif isinstance(node, ast.Call) and text.dotted(node.func) in {"type", "isinstance", "hasattr"}:
            names = [text.dotted(one) for one in node.args[:1]]
            yield from ((f"the kind of {one}", node.lineno) for one in names if STREAMS.fullmatch(one))
        elif isinstance(node, ast.Constant) and id(node) not in documents:
            found = STRINGS.search(node.value) if isinstance(node.value, str) else None
            if found:
                yield f"the name {found[0]}", node.lineno


def _modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
    return [name.partition(".")[0] for name in names]


def _named(node: ast.Name | ast.Attribute, text: Text) -> str:
    """The dotted name, calls on the way left out: `logging.getLogger().handlers` too."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
        return f"{text.dotted(node.value.func)}.{node.attr}"
    return text.dotted(node)
