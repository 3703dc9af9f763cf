"""A path put together from a folder and untrusted text."""

from __future__ import annotations

import re
from dataclasses import dataclass

import libcst as cst

from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import argument, string_value
from bot.review.rules.analysis.taint import Taint
from bot.review.rules.analysis.template import Hole, Text, read_template

FOLDER_NAME = re.compile(
    r"(^|_)(base|root|dir|directory|folder|workdir|cwd|home)$|(dir|folder)$", re.IGNORECASE
)
TURNS_PATH = frozenset(
    {"str", "os.fspath", "pathlib.Path", "os.path.normpath", "os.path.abspath", "os.path.realpath"}
)


@dataclass(frozen=True, eq=False)
class Joined:
    """`node` is the whole expression; `suffix` is literal text behind the untrusted part (".txt")."""

    node: cst.BaseExpression
    base: cst.BaseExpression
    taint: Taint
    suffix: str
    is_object: bool  # a pathlib path, not a string


def joined(site: Site, node: cst.BaseExpression) -> Joined | None:
    """How the path at a call was joined.

    None when its first part is not a trusted folder or the rest is clean.
    """
    node = site.resolve(node)
    if isinstance(node, cst.Call):
        return _call(site, node)
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Divide):
        return _made(site, node, node.left, [node.right], is_object=True)
    template = read_template(site.function.source, node)
    if template is None or not template.holes:
        return None
    parts = template.parts
    slash = isinstance(parts[0], Hole) and len(parts) > 2 and isinstance(parts[1], Text)
    if not slash or not isinstance(parts[0], Hole) or parts[1].raw not in {"/", "//"}:
        return None
    last = parts[-1]
    if not isinstance(parts[2], Hole) or len(parts) > 4 or (len(parts) == 4 and not isinstance(last, Text)):
        return None
    suffix = last.raw if isinstance(last, Text) and len(parts) == 4 else ""
    return _made(site, node, parts[0].value, [parts[2].value], is_object=False, suffix=suffix)


def _call(site: Site, node: cst.Call) -> Joined | None:
    called = site.function.called(node)
    plain = [arg.value for arg in node.args if not arg.keyword and not arg.star]
    if called in {"os.path.join", "pathlib.Path"} and len(plain) > 1:
        return _made(site, node, plain[0], plain[1:], is_object=called == "pathlib.Path")
    if called in TURNS_PATH and len(plain) == 1:
        return joined(site, plain[0])
    if isinstance(node.func, cst.Attribute) and node.func.attr.value == "joinpath" and plain:
        return _made(site, node, node.func.value, plain, is_object=True)
    if isinstance(node.func, cst.Attribute) and node.func.attr.value in {"resolve", "absolute", "expanduser"}:
        return joined(site, node.func.value)
    return None


def _made(
    site: Site,
    node: cst.BaseExpression,
    base: cst.BaseExpression,
    rest: list[cst.BaseExpression],
    *,
    is_object: bool,
    suffix: str = "",
) -> Joined | None:
    if not _is_trusted(site, base):
        return None
    *folders, last = rest
    if any(site.taint(one) for one in folders) or not site.taint(last):
        return None
    if any(string_value(one) is None for one in folders):
        return None
    ending = _suffix(site, last)
    if ending is None:
        return None
    if not re.fullmatch(r"[\w.\-]*", suffix + ending):
        return None
    return Joined(node, base, site.taint(last), suffix or ending, is_object)


def _is_trusted(site: Site, base: cst.BaseExpression) -> bool:
    """A folder is trusted when nobody outside chose it.

    A parameter that is named like one is the caller's own.
    """
    taint = site.taint(base)
    return all(one.kind == "parameter" and _is_folder(site, one.name) for one in taint.origins)


def _is_folder(site: Site, name: str) -> bool:
    return "Path" in site.function.annotation(name) or bool(FOLDER_NAME.search(name))


def _suffix(site: Site, last: cst.BaseExpression) -> str | None:
    """Literal text behind the untrusted part of the last component; None when there is text before it."""
    node = site.resolve(last)
    template = read_template(site.function.source, node)
    if template is None or not template.holes:
        return ""
    parts = template.parts
    if not isinstance(parts[0], Hole) or len(parts) > 2:
        return None
    return parts[1].raw if len(parts) == 2 and isinstance(parts[1], Text) else ""


def receiver(call: cst.Call) -> cst.BaseExpression | None:
    """The object that a method is called on."""
    return call.func.value if isinstance(call.func, cst.Attribute) else None


def first_argument(call: cst.Call) -> cst.BaseExpression | None:
    """The first positional argument."""
    given = argument(call, 0)
    return given.value if given else None
