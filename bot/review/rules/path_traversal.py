"""Path traversal (CWE-22): a file named by untrusted text, outside the folder it should be in."""

from __future__ import annotations

from textwrap import shorten

import libcst as cst

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import string_value
from bot.review.rules.paths.joined import Joined, first_argument, joined, receiver
from bot.review.rules.paths.regression import write
from bot.review.rules.writing.refusal import free_name, refuse
from bot.review.rules.writing.rewrite import (
    CannotWrite,
    Rewrite,
    after_statement,
    before_statement,
)

READS = frozenset({"open", "io.open", "codecs.open", "flask.send_file", "fastapi.responses.FileResponse",
                   "starlette.responses.FileResponse", "gzip.open"})  # fmt: skip
REMOVES = frozenset({"os.remove", "os.unlink", "shutil.rmtree", "os.rmdir"})
READ_METHODS = frozenset({"read_text", "read_bytes", "open"})
WRITE_METHODS = frozenset({"write_text", "write_bytes"})
REMOVE_METHODS = frozenset({"unlink"})


def effect(site: Site) -> str:
    """What the call does with the file: "read", "write", "remove", or "" for no such call."""
    called, method = site.called, site.method
    if called in READS or (method in READ_METHODS and isinstance(site.call.func, cst.Attribute)):
        mode = [string_value(arg.value) or "" for arg in site.call.args]
        return "write" if any(set(one) & set("wax") and len(one) <= 3 for one in mode) else "read"
    if called in REMOVES:
        return "remove"
    if not isinstance(site.call.func, cst.Attribute):
        return ""
    return "write" if method in WRITE_METHODS else "remove" if method in REMOVE_METHODS else ""


def _path(site: Site) -> Joined | None:
    if not effect(site):
        return None
    by_argument = site.called in READS | REMOVES
    node = first_argument(site.call) if by_argument else receiver(site.call)
    return joined(site, node) if node is not None else None


def find(site: Site) -> Candidate | None:
    """A file operation on a folder joined with untrusted text."""
    path = _path(site)
    if path is None or path.taint.encodings:
        return None
    origin = path.taint.origin
    name = site.function.qualified
    source = site.function.source
    definition = site.statement_of(path.node)
    lines = frozenset(source.lines(definition)) if definition else frozenset()
    folder = shorten(" ".join(source.code(path.base).split()), 40, placeholder=" …")
    return Candidate(
        site,
        origin,
        path.taint.lines | lines,
        title=f"Path traversal: {origin.words} names a file outside `{folder}` in `{name}`",
        explanation=(
            f"`{name}` joins `{folder}` with {origin.words} and goes on without a look at where the "
            f"path leads. "
            "`..` in the input, or an absolute path, leaves the folder."
        ),
        claim=Claim(
            entry=name,
            input=f'{origin.label} = "../outside"',
            bad=f"the file beside the folder is {_done(effect(site))}",
            good="the input is refused, and the file beside the folder stays untouched and unread",
        ),
        confidence=Confidence.HIGH if origin.is_remote else Confidence.MEDIUM,
    )


def _done(what: str) -> str:
    return {"read": "read", "write": "overwritten", "remove": "removed"}[what]


def fix(candidate: Candidate) -> Rewrite:
    """A check, after the path is known and before it is used, that it lies in its folder."""
    site = candidate.site
    path = _path(site)
    if path is None:
        raise CannotWrite("The path is put together in a way that the rule cannot check.")
    source = site.function.source
    name, lines = _named(site, path)
    checking = _check(site, path, name)
    refusal, imports = refuse(site.function, 404, "The path leads out of its folder.")
    rows = [f"if {checking[0]}:", f"    {refusal}"]
    imports = (*imports, *checking[1])
    strategy = "A path that leads out of its folder is refused before it is used."
    if lines is not None:
        return Rewrite((after_statement(source, lines, rows),), strategy, imports)
    span = source.spans[path.node]
    row = f"{name} = {source.data[span.start : span.end].decode()}"
    new = before_statement(source, site.statement, [row, *rows])
    return Rewrite((new, (source.outer_span(path.node), name)), strategy, imports)


def _named(site: Site, path: Joined) -> tuple[str, cst.BaseStatement | None]:
    """The name that holds the path, and the statement that binds it: None for a path used in place."""
    statement = site.statement_of(path.node)
    if (
        statement is not None
        and statement is not site.statement
        and isinstance(statement, cst.SimpleStatementLine)
    ):
        small = statement.body[0]
        target = small.targets[0].target if isinstance(small, cst.Assign) else getattr(small, "target", None)
        if isinstance(target, cst.Name) and len(statement.body) == 1:
            return target.value, statement
    if statement is not site.statement:
        raise CannotWrite("The path is put together in a place where no check fits.")
    return free_name(site, "path", "target", "checked_path", "file_path"), None


def _check(site: Site, path: Joined, name: str) -> tuple[str, tuple[str, ...]]:
    """The condition under which the path is refused, and the imports it needs."""
    source = site.function.source
    base = source.code(path.base)
    imports = site.function.imports
    paths = next((local for local, home in imports.items() if home == "pathlib.Path"), "")
    if path.is_object:
        folder = base if _is_path_object(site, path) else f"{paths or 'Path'}({base})"
        need = () if folder == base or paths else ("from pathlib import Path",)
        return f"not {name}.resolve().is_relative_to({folder}.resolve())", need
    if imports.get("os") != "os" and paths:
        return f"not {paths}({name}).resolve().is_relative_to({paths}({base}).resolve())", ()
    need = () if imports.get("os") == "os" else ("import os",)
    return f'not os.path.realpath({name}).startswith(os.path.join(os.path.realpath({base}), ""))', need


def _is_path_object(site: Site, path: Joined) -> bool:
    """Certainly a pathlib path: the left side of `/`, or what `joinpath` is called on."""
    node = path.node
    return not (isinstance(node, cst.Call) and site.function.called(node) == "pathlib.Path")


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """A file beside the folder cannot be had by `..`; a file inside can."""
    path = _path(candidate.site)
    if path is None:
        raise CannotWrite("The path is put together in a way that a test cannot follow.")
    return write(candidate, path, effect(candidate.site), placement, attempt)


WEAKNESS = WeaknessClass(
    rule="python/path-traversal",
    cwe="CWE-22",
    name="Path traversal",
    severity=Severity.HIGH,
    impact="Whoever controls the input can reach files that were never meant to be shared.",
    sinks=(
        "`open`, `send_file`, `FileResponse`, `Path` methods, `os.remove`, "
        "`shutil.rmtree` on a folder joined with text"
    ),
    remedy="the resolved path has to lie in the folder, else `ValueError` (404 in a view)",
    find=find,
    fix=fix,
    test=test,
)
