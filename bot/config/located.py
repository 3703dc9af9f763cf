"""YAML as plain data, with the line of every part: no tags, no aliases, no surprises of YAML 1.1."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

Place: TypeAlias = tuple[str | int, ...]
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_NUMBER = re.compile(r"[-+]?[0-9]{1,18}")
_PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))


class BadYamlError(Exception):
    """The text is not the YAML that is read here; `line` says where."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


@dataclass(frozen=True, slots=True)
class Document:
    """Mappings, lists, texts, whole numbers, true, false and null; `lines` has where each is written."""

    data: Any
    lines: Mapping[Place, int] = field(default_factory=dict)

    def line(self, place: Place) -> int:
        """Of the part at this place, or of the nearest that holds it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_yaml(text: str) -> Document:
    """One document. Raises BadYamlError."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        lines: dict[Place, int] = {}
        return Document(None if node is None else _plain(node, (), lines), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadYamlError(mark.line + 1 if mark else 1, f"it is not YAML: {error.problem}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise BadYamlError(line, f"it holds a character that YAML does not allow: {error.reason}") from None
    except RecursionError:
        raise BadYamlError(1, "it nests too deep") from None


class _Loader(yaml.BaseLoader):
    """Makes no objects. An alias could make a small file large, so there is none."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise BadYamlError(self.line + 1, "aliases are not read; write the value out")
        return super().compose_node(parent, index)


def _plain(node: yaml.Node, place: Place, lines: dict[Place, int]) -> Any:
    line = node.start_mark.line + 1
    lines.setdefault(place, line)
    if node.tag not in _PLAIN_TAGS:
        raise BadYamlError(line, f"tags are not read, so `{node.tag}` has no meaning")
    if isinstance(node, yaml.ScalarNode):
        return _value(node)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one, (*place, number), lines) for number, one in enumerate(node.value)]
    found: dict[str, Any] = {}
    for key, value in node.value:
        here = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise BadYamlError(here, "a key has to be a word")
        if key.value in found:
            raise BadYamlError(here, f"the key `{key.value}` stands here a second time")
        lines[*place, key.value] = here
        found[key.value] = _plain(value, (*place, key.value), lines)
    return found


def _value(node: yaml.ScalarNode) -> str | int | bool | None:
    """What is quoted is text; so is all that is not plainly a number, true, false or null."""
    text: str = node.value
    if node.style is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _NUMBER.fullmatch(text) else text
