"""Hides the test runner from the code under test: its variables, modules, command line and frames."""

from __future__ import annotations

import contextvars
import inspect
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

VARIABLES = ("PYTEST_CURRENT_TEST", "PYTEST_VERSION")
HIDDEN = frozenset({"pluggy", "unittest", "iniconfig"})
FRAME = "def pytest_pyfunc_call(call):\n    return call()\n"


def _is_hidden(name: str) -> bool:
    return "pytest" in name or name.startswith("suture_") or name.partition(".")[0] in HIDDEN


class Modules(dict):  # type: ignore[type-arg]  # Python 3.8 knows no dict[str, Any] at run time
    """`sys.modules` as the files of the tree see it: without the runner. `import` reads the real table."""

    def __init__(self, real: Any) -> None:
        super().__init__()
        self._real = real
        self._base = os.getcwd() + os.sep  # noqa: PTH109  compared as text

    def _seen(self) -> Any:
        """The table as the caller of our caller sees it."""
        caller = sys._getframe(2).f_code.co_filename  # noqa: SLF001  there is no other way to it
        inside = os.path.abspath(caller).startswith(self._base)  # noqa: PTH100  text, and in a hot path
        if caller.startswith("<") or not inside:  # "<frozen importlib._bootstrap>"
            return self._real
        return {name: module for name, module in self._real.items() if not _is_hidden(str(name))}

    def __contains__(self, name: Any) -> bool:
        return name in self._seen()

    def __getitem__(self, name: Any) -> Any:
        return self._seen()[name]

    def get(self, name: Any, default: Any = None) -> Any:
        return self._seen().get(name, default)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._seen())

    def __len__(self) -> int:
        return len(self._seen())

    def keys(self) -> Any:
        return self._seen().keys()

    def values(self) -> Any:
        return self._seen().values()

    def items(self) -> Any:
        return self._seen().items()

    def copy(self) -> Any:
        return dict(self._seen())

    def __setitem__(self, name: Any, module: Any) -> None:
        self._real[name] = module

    def __delitem__(self, name: Any) -> None:
        del self._real[name]

    def pop(self, *arguments: Any) -> Any:
        return self._real.pop(*arguments)

    def setdefault(self, name: Any, default: Any = None) -> Any:
        return self._real.setdefault(name, default)

    def update(self, *others: Any, **named: Any) -> None:
        self._real.update(*others, **named)


def _relabel() -> None:
    """Give the runner's classes another module's name: its streams, handlers and finders are all about."""
    for name, module in list(sys.modules.items()):
        if _is_hidden(str(name)):
            for one in list(getattr(module, "__dict__", {}).values()):
                if isinstance(one, type) and _is_hidden(str(one.__module__)):
                    with suppress(TypeError, AttributeError):  # not every class can be changed
                        one.__module__ = "app"


class Disguise:
    """How much is hidden: "all"; "all but frames", without a thread; "nothing", which only has the thread.

    A test runs in a thread of its own, so that no frame of the runner is above it. Code may mind the thread;
    "nothing" tells that apart: it has the thread too, with a frame named like the runner's on top.
    """

    def __init__(self, how: str) -> None:
        self._hides = how != "nothing"
        self._in_thread = how != "all but frames"
        if self._hides:
            sys.argv = ["app"]
            sys.orig_argv = [sys.executable, "app"]
            sys.modules = Modules(sys.modules)

    def pytest_configure(self) -> None:
        if self._hides:
            os.environ.pop("PYTEST_VERSION", None)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        if self._hides:
            _relabel()

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_fixture_setup(self) -> Any:
        kept = self._take()
        yield
        os.environ.update(kept)

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_runtest_call(self, item: Any) -> Any:
        """The runner sets its variable and runs the item in one go: the item has to hide it."""
        real = item.runtest

        def run() -> None:
            kept = self._take()
            try:
                real()
            finally:
                os.environ.update(kept)

        item.runtest = run
        yield
        item.runtest = real

    def _take(self) -> dict[str, str]:
        names = VARIABLES if self._hides else ()
        return {name: os.environ.pop(name) for name in names if name in os.environ}

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: Any) -> Any:
        function = pyfuncitem.obj
        if not self._in_thread or inspect.iscoroutinefunction(function):
            return None
        names = pyfuncitem._fixtureinfo.argnames  # noqa: SLF001  as pytest's own impl and its plugins do
        arguments = {name: pyfuncitem.funcargs[name] for name in names}
        _run_in_thread(lambda: function(**arguments), with_frame=not self._hides)
        return True


def _run_in_thread(call: Any, with_frame: bool) -> None:
    failed: list[BaseException] = []
    context = contextvars.copy_context()
    names: dict[str, Any] = {"__name__": "_pytest.python"}
    exec(compile(FRAME, inspect.getfile(pytest).replace("pytest", "_pytest", 1), "exec"), names)  # noqa: S102  our own text
    top = names["pytest_pyfunc_call"] if with_frame else lambda one: one()

    def act() -> None:
        try:
            context.run(top, call)
        except BaseException as error:  # noqa: BLE001  whatever it was, it is raised again where it is waited for
            failed.append(error)

    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
