"""Gives a call an option, or takes one away."""

from __future__ import annotations

import libcst as cst

from bot.review.rules.analysis.names import argument
from bot.review.rules.analysis.source import Source, Span
from bot.review.rules.writing.rewrite import CannotWrite


def is_constant(call: cst.Call, name: str, value: str) -> bool:
    """Is the option given, and by this very name or number?"""
    given = argument(call, -1, name)
    return given is not None and isinstance(given.value, cst.Name) and given.value.value == value


def has_stars(call: cst.Call) -> bool:
    """Does the call take arguments or options that its line does not show?"""
    return any(arg.star for arg in call.args)


def with_option(source: Source, call: cst.Call, name: str, value: str) -> tuple[Span, str]:
    """The replacement that sets the option."""
    given = argument(call, -1, name)
    if given is not None:
        return source.outer_span(given.value), value
    if call.args:
        end = source.outer_span(call.args[-1].value).end
        return Span(end, end), f", {name}={value}"
    end = source.spans[call].end - 1
    return Span(end, end), f"{name}={value}"


def without_option(source: Source, call: cst.Call, name: str) -> tuple[Span, str]:
    """The replacement that takes the option away, with the comma beside it."""
    given = argument(call, -1, name)
    if given is None:
        raise CannotWrite(f"The call has no option `{name}`.")
    index = call.args.index(given)
    end = source.outer_span(given.value).end
    if index:
        return Span(source.outer_span(call.args[index - 1].value).end, end), ""
    if len(call.args) > 1:
        following = call.args[1]
        place = source.spans[following.keyword] if following.keyword else source.outer_span(following.value)
        end = place.start
    start = source.spans[given.keyword].start if given.keyword else source.outer_span(given.value).start
    return Span(start, end), ""
