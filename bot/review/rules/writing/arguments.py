"""Arguments for a call that a test makes: the marker for the untrusted input,
something plain for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import libcst as cst

from bot.review.rules.analysis.names import Function, dotted, resolve, string_value
from bot.review.rules.analysis.origins import Origin, parameter_origins
from bot.review.rules.writing.rewrite import CannotWrite

Provide = Callable[
    [str, cst.Param], str | None
]  # (parameter's name, parameter) → code of its argument, or None
BY_ANNOTATION = (
    (r"\bPath(Like)?\b", "tmp_path"),
    (r"^(typing\.)?Optional\b|\bNone\b", "None"),
    (r"\bstr\b", '"sample"'),
    (r"\bbool\b", "False"),
    (r"\bint\b|\bfloat\b", "1"),
    (r"\bbytes\b", 'b"sample"'),
    (r"\b(dict|Mapping|MutableMapping)\b", "{}"),
    (r"\b(list|Sequence|Iterable|tuple|set)\b", "[]"),
)
BY_NAME = (
    (r"(^|_)(dir|directory|folder|root|base|path)$", "tmp_path"),
    (r"^(is|has|with|use|enable)_|^(verbose|quiet|force|dry_run|strict)$", "False"),
    (r"(^|_)(id|count|limit|offset|size|page|number|num|max|min|timeout|port|width|height|age)$", "1"),
    (r"(^|_)(options|settings|config|extra|kwargs|headers|params)$", "{}"),
    (r"^(log|logger)$", "logging.getLogger()"),
    (r"(^|_)(name|user|username|title|text|email|role|status|kind|type|label|value|key|query|term|city|tag|format"
     r"|owner|author|category|message|subject|body|comment|description|filename|host|url|language)$",
     '"sample"'),
)  # fmt: skip


def nothing(name: str, parameter: cst.Param) -> str | None:
    """Provides no argument."""
    del name, parameter
    return None


def passing(wanted: str, code: str) -> Provide:
    """Provides the code as the argument of one parameter."""

    def provide(name: str, parameter: cst.Param) -> str | None:
        del parameter
        return code if name == wanted else None

    return provide


def arguments(function: Function, provide: Provide) -> list[str]:
    """Code of the arguments for a call, those with a default left out.

    Raises CannotWrite for one nobody can guess.
    """
    given = []
    skipped = False
    keyword_only = {one.name.value for one in function.node.params.kwonly_params}
    for one in function.parameters:
        name = one.name.value
        code = provide(name, one)
        if code is None and one.default is not None:
            skipped = True
            continue
        if code is None:
            code = plain_argument(function, one)
        given.append(f"{name}={code}" if skipped or name in keyword_only else code)
    return given


def plain_argument(function: Function, parameter: cst.Param) -> str:
    """A harmless value for a parameter of the function; text for one that takes what others chose."""
    name = parameter.name.value
    if parameter.annotation is None and name in parameter_origins(function):
        return _named(name) or '"sample"'
    return plain_value(name, parameter)


def plain_value(name: str, parameter: cst.Param) -> str:
    """A harmless value for a parameter, by its annotation, else by its name."""
    if parameter.annotation is not None:
        annotation = cst.Module([]).code_for_node(parameter.annotation.annotation)
        found = next((code for pattern, code in BY_ANNOTATION if re.search(pattern, annotation)), None)
    else:
        found = _named(name)
    if found is None:
        raise CannotWrite(f"A test cannot tell what to pass for the parameter `{name}`.")
    return found


def _named(name: str) -> str | None:
    return next((code for pattern, code in BY_NAME if re.search(pattern, name)), None)


def tainted_argument(function: Function, origin: Origin) -> str:
    """Code for the untrusted parameter: `value`,
    or a mapping that holds it beside the other keys that are read.
    """
    if not origin.key:
        is_many = re.match(
            r"(typing\.)?(list|tuple|sequence|iterable)\b", function.annotation(origin.name), re.IGNORECASE
        )
        return "[value]" if is_many else "value"
    keys = [key for key in read_keys(function, origin.name) if key != origin.key]
    others = "".join(f', {key!r}: "sample"'.replace("'", '"') for key in keys)
    return f'{{"{origin.key}": value{others}}}'


def read_keys(function: Function, name: str) -> list[str]:
    """String keys that the function reads from the name by subscript, in order."""
    reader = _Keys(function, name)
    function.node.body.visit(reader)
    return list(dict.fromkeys(reader.keys))


class _Keys(cst.CSTVisitor):
    def __init__(self, function: Function, name: str) -> None:
        self.function = function
        self.name = name
        self.keys: list[str] = []

    def visit_Subscript(self, node: cst.Subscript) -> None:  # noqa: N802 - libcst's name
        if self.name not in {dotted(node.value), resolve(node.value, self.function.imports)}:
            return
        index = node.slice[0].slice
        key = string_value(index.value) if isinstance(index, cst.Index) else None
        if key is not None:
            self.keys.append(key)
