"""What somebody told us of functions: which give, hand on or clean input; and which function a call names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

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
class Naming:
    """How a file's names are meant: by its imports, and by where it stands in the repository."""

    path: str
    imports: Mapping[str, str]

    def is_one_of(self, func: cst.BaseExpression, names: Names) -> bool:
        """Whether what is called is one of these."""
        if not names:
            return False
        chain = _chain(func)
        exact, below = self._meant(chain)
        for name in names:
            if name.startswith("*."):
                if len(chain) > 1 and _ends(".".join(chain), name[2:]):
                    return True
            elif name == exact or _ends(below, name):
                return True
        return False

    def _meant(self, chain: Names) -> tuple[str, str]:
        """The dotted name as imported; and by its place, which a folder of sources may stand before."""
        if not chain or not chain[0]:
            return "", ""
        text = ".".join(chain)
        home = self.imports.get(chain[0])
        parts = PurePosixPath(self.path).with_suffix("").parts
        if home is None:
            module = parts[:-1] if parts[-1] == "__init__" else parts
            return text, ".".join((*module, text))
        name = ".".join((home, *chain[1:]))
        rest = home.lstrip(".")
        level = len(home) - len(rest)
        if level == 0:
            return name, ""
        package = parts[: len(parts) - level]
        return "", ".".join((*package, rest, *chain[1:]))


def _chain(node: cst.CSTNode) -> Names:
    """`("a", "b", "c")` for `a.b.c`; what is no name in front of it is an empty one."""
    if isinstance(node, cst.Name):
        return (node.value,)
    if isinstance(node, cst.Attribute):
        return (*_chain(node.value), node.attr.value)
    return ("",)


def _ends(text: str, name: str) -> bool:
    return text == name or text.endswith(f".{name}")
