"""What a name stands for when the function or its module binds it once."""

from __future__ import annotations

import libcst as cst

from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import string_value
from bot.review.rules.writing.invocation import module_value


def behind(site: Site, node: cst.BaseExpression) -> cst.BaseExpression:
    """The expression behind a name of the function, else of the module; other expressions as they are."""
    node = site.resolve(node)
    if isinstance(node, cst.Name) and node.value not in site.names:
        return module_value(site.function, node.value) or node
    return node


def text_behind(site: Site, node: cst.BaseExpression) -> str | None:
    """The text of a literal, or of the name that stands for one."""
    return string_value(behind(site, node))
