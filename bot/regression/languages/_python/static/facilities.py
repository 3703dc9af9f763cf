"""What a test must not reach for: the network, other processes, the environment, the end of its own process.

A test of code that itself uses such a thing may use it too: it runs in the sandbox anyway, without a network.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from bot.gates.static import Objection
from bot.records import Reason
from bot.regression.languages._python.static.text import Text

CLIENTS = re.compile(
    r"(socket\.(socket|create_connection|getaddrinfo|gethostby\w+)"
    r"|requests\.(get|post|put|patch|delete|head|options|request|Session|session)"
    r"|urllib\.request\.(urlopen|urlretrieve|build_opener|FancyURLopener|URLopener)"
    r"|urllib3\.(PoolManager|HTTPConnectionPool|HTTPSConnectionPool|request)"
    r"|http\.client\.HTTPS?Connection|httpx\.\w+|aiohttp\.(ClientSession|request)"
    r"|(ftplib|smtplib|poplib|imaplib|telnetlib|nntplib)\.[A-Z]\w*|xmlrpc\.client\.ServerProxy"
    r"|asyncio\.open_connection|paramiko\.\w+|websockets?\.\w+)"
)
SERVERS = ("http.server", "socketserver", "wsgiref", "asyncio.start_server")
LOOPBACK = re.compile(r"(\w+://)?([^/@]*@)?(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)([:/?#]|$)")
HOST = re.compile(r"^(\w+://[^\s/]+|[\w-]+(\.[\w-]+)+$)")
STARTERS = re.compile(
    r"(subprocess\.(run|call|check_call|check_output|getoutput|getstatusoutput|Popen)"
    r"|os\.(system|popen|fork\w*|exec\w+|spawn\w+|posix_spawnp?|startfile)|pty\.(spawn|fork)"
    r"|multiprocessing\.(\w+\.)?(Process|Pool|Manager)|concurrent\.futures\.ProcessPoolExecutor"
    r"|asyncio\.create_subprocess_\w+)"
)
ENVIRONMENT = re.compile(r"os\.(environb?|getenvb?|putenv|unsetenv)")
ENDS = re.compile(
    r"(sys\.exit|os\._exit|os\.abort|os\.killp?g?|signal\.(raise_signal|pthread_kill)|pytest\.exit|exit|quit"
    r"|faulthandler\._\w+)"
)
LONGEST_SLEEP = 1.0


def network(text: Text) -> Iterator[Objection]:
    """Calls that talk to other machines; a server of the test's own, on loopback, is none."""
    serves = any(name.startswith(SERVERS) for name in text.imports.values()) or any(
        isinstance(call.func, ast.Attribute) and call.func.attr == "bind" for call, _ in text.calls()
    )
    for call, name in text.calls():
        if not CLIENTS.fullmatch(name) or text.is_product(name):
            continue
        hosts = [value for value in _strings(call) if HOST.match(value) or LOOPBACK.match(value)]
        is_local = bool(hosts) and all(LOOPBACK.match(value) for value in hosts)
        is_used = any(used.startswith(name.partition(".")[0]) for used in text.used)
        if is_local or (not hosts and (serves or is_used)):
            continue
        yield Objection(Reason.USES_NETWORK, call.lineno, f"calls {name}: a test has no network")


def _strings(call: ast.Call) -> Iterator[str]:
    for one in (*call.args, *(keyword.value for keyword in call.keywords)):
        for node in ast.walk(one):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def processes(text: Text) -> Iterator[Objection]:
    """Calls that start other processes."""
    for call, name in text.calls():
        top = name.partition(".")[0]
        if not STARTERS.fullmatch(name) or text.is_product(name):
            continue
        # `os` is used by nearly every file, so for its functions the very name has to be there
        is_used = name in text.used if top == "os" else any(used.startswith(top) for used in text.used)
        if not is_used:
            yield Objection(Reason.STARTS_PROCESS, call.lineno, f"calls {name}: a test starts no process")


def environment(text: Text) -> Iterator[Objection]:
    """Reads or writes of the process's environment; `monkeypatch.setenv` and the like put it back."""
    if any(ENVIRONMENT.match(used) for used in text.used):
        return
    patched = {
        id(inner)
        for call, name in text.calls()
        if name.rpartition(".")[2] in {"setattr", "setitem", "delitem", "dict", "delattr"}
        for inner in ast.walk(call)
    }
    for node in text.nodes:
        if isinstance(node, ast.Name | ast.Attribute) and id(node) not in patched:
            name = text.dotted(node)
            if ENVIRONMENT.fullmatch(name):
                what = f"uses {name}: set variables with monkeypatch.setenv"
                yield Objection(Reason.USES_ENVIRONMENT, node.lineno, what)


def ends(text: Text) -> Iterator[Objection]:
    """Calls that end the process, and so the runner."""
    for call, name in text.calls():
        if ENDS.fullmatch(name):
            yield Objection(Reason.ENDS_PROCESS, call.lineno, f"calls {name}: that ends the test runner")
    for node in text.nodes:
        if isinstance(node, ast.Raise) and node.exc is not None:
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if text.dotted(raised) in {"SystemExit", "KeyboardInterrupt", "GeneratorExit"}:
                what = f"raises {text.dotted(raised)}: that ends the test runner"
                yield Objection(Reason.ENDS_PROCESS, node.lineno, what)


def sleeps(text: Text) -> Iterator[Objection]:
    """Waits of more than a second."""
    for call, name in text.calls():
        if name not in {"time.sleep", "asyncio.sleep", "threading.Event.wait"} or not call.args:
            continue
        seconds = _number(call.args[0])
        if seconds is not None and seconds > LONGEST_SLEEP:
            yield Objection(Reason.SLEEPS, call.lineno, f"sleeps {seconds:g} s; 1 s is the most")


def _number(node: ast.AST) -> float | None:
    """The value of a number or a product of numbers."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Add):
        left, right = _number(node.left), _number(node.right)
        if left is not None and right is not None:
            return left * right if isinstance(node.op, ast.Mult) else left + right
    return None
