"""What somebody told us of functions: which give, hand on or clean input; and which function a call names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import libcst as cst

Names = tuple[str, ...]  # dotted names as they are imported, or `*.name` for a method of anything


@dataclass(frozen=True, slots=True)
class Known:
    """Calls that give untrusted input, hand on what they get, or make it safe: by answer or by check."""

    sources: Names = ()
    passing: Names = ()
    cleaning: Names = ()


NOTHING = Known()


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a call names: as it is written, as it is imported, and by its place in the repository."""

    chain: Names
    imported: str = ""
    placed: str = ""  # a folder of sources may stand before it

    def is_one_of(self, names: Names) -> bool:
        """Whether it is one of these."""
        return any(self._is(name) for name in names)

    def _is(self, name: str) -> bool:
        if name.startswith("*."):
            return len(self.chain) > 1 and _ends(".".join(self.chain), name[2:])
        return name == self.imported or _ends(self.placed, name)


@dataclass(frozen=True, slots=True)
class Naming:
    """How a file's names are meant: by its imports, and by where it stands in the repository."""

    place: Names  # the parts of the file's path, without its suffix
    imports: Mapping[str, str]

    def meaning(self, func: cst.BaseExpression) -> Meaning:
        """Of what is called."""
        chain = _chain(func)
        if not chain[0]:
            return Meaning(chain)
        home = self.imports.get(chain[0])
        if home is None:
            module = self.place[:-1] if self.place[-1] == "__init__" else self.place
            return Meaning(chain, ".".join(chain), ".".join((*module, *chain)))
        rest = home.lstrip(".")
        level = len(home) - len(rest)
        if level == 0:
            return Meaning(chain, ".".join((home, *chain[1:])))
        package = self.place[: len(self.place) - level]
        return Meaning(chain, "", ".".join((*package, rest, *chain[1:])))


def _chain(node: cst.CSTNode) -> Names:
    """`("a", "b", "c")` for `a.b.c`; what is no name in front of it is an empty one."""
    if isinstance(node, cst.Name):
        return (node.value,)
    if isinstance(node, cst.Attribute):
        return (*_chain(node.value), node.attr.value)
    return ("",)


def _ends(text: str, name: str) -> bool:
    return text == name or text.endswith(f".{name}")
