"""The repository's own rules on the same analysis, and what it says of its functions to the embedded ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from bot.config import Config
from bot.config.own_rules import OwnRule, Sink
from bot.records import Claim
from bot.records.findings import REPOSITORY
from bot.review.rules import Candidate, WeaknessClass, classes
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.known import Known, Names
from bot.review.rules.analysis.names import Function, argument, dotted
from bot.review.rules.analysis.origins import Origin
from bot.review.rules.analysis.source import Source
from bot.review.rules.analysis.taint import CLEAN, Taint
from bot.review.rules.writing.rewrite import CannotWrite

NO_TEST = (
    "It was found by a rule of the repository, which says what to look for but not how to test it. Claude "
    "writes tests and fixes for such findings, where it is among the reviewers."
)


@dataclass(frozen=True, slots=True)
class Group:
    """Weaknesses that are looked for together, since the same is known to all of them.

    With `names` they are about calls of these alone, and of no account to a function without any.
    """

    known: Known
    weaknesses: tuple[WeaknessClass, ...]
    names: Names = ()

    def concerns(self, function: Function) -> bool:
        return not self.names or any(one.is_one_of(self.names) for one in function.meanings)


def groups(config: Config, source: Source) -> tuple[Group, ...]:
    """The embedded weaknesses, and the repository's own as far as the file can hold them."""
    embedded: dict[Known, list[WeaknessClass]] = {}
    for one in classes():
        embedded.setdefault(Known(cleaning=_cleaners(config, one.cwe)), []).append(one)
    own: dict[Known, list[OwnRule]] = {}
    for rule in (placed.entry for placed in config.rules):
        if any(name.rpartition(".")[2].encode() in source.data for name in _names(rule)):
            cleaning = rule.cleaned_by + _cleaners(config, rule.cwe)
            own.setdefault(Known(rule.sources, rule.passes, cleaning), []).append(rule)
    return (
        *(Group(known, tuple(which)) for known, which in embedded.items()),
        *(
            Group(known, tuple(map(_weakness, which)), tuple(name for one in which for name in _names(one)))
            for known, which in own.items()
        ),
    )


def _cleaners(config: Config, cwe: str) -> tuple[str, ...]:
    return tuple(one.call for one in config.cleaners if cwe in one.cwes)


def _names(rule: OwnRule) -> Names:
    return (*rule.calls, *(one.call for one in rule.sinks))


def _weakness(rule: OwnRule) -> WeaknessClass:
    return WeaknessClass(
        rule=REPOSITORY + rule.id,
        cwe=rule.cwe,
        name=rule.title,
        severity=rule.severity,
        impact=rule.impact,
        sinks=", ".join(f"`{name}`" for name in _names(rule)),
        remedy="",
        find=partial(_find, rule),
        fix=_cannot,
        test=_cannot,
        is_own=True,
    )


def _cannot(*_: object) -> NoReturn:
    raise CannotWrite(NO_TEST)


def _find(rule: OwnRule, site: Site) -> Candidate | None:
    """Input that reaches a sink of the rule, or one of its dangerous calls."""
    for sink in rule.sinks:
        if site.function.calls_one_of(site.call, (sink.call,)) and (taint := _reach(site, sink)):
            return _candidate(rule, site, taint)
    if site.function.calls_one_of(site.call, rule.calls):
        return _candidate(rule, site, CLEAN)
    return None


def _reach(site: Site, sink: Sink) -> Taint:
    """What reaches the argument that the sink names, or any."""
    if sink.argument is None and not sink.keyword:
        given = site.call.args
    else:
        position = -1 if sink.argument is None else sink.argument
        found = argument(site.call, position, sink.keyword)
        given = [found] if found else []
    taint = CLEAN
    for one in given:
        taint |= site.taint(one.value)
    return taint


def _candidate(rule: OwnRule, site: Site, taint: Taint) -> Candidate:
    name, call = site.function.qualified, dotted(site.call.func) or site.method
    origin = taint.origin if taint else Origin("parameter")
    given = origin.words if taint else "any input"
    what = f"{given} reaches `{call}`" if taint else f"`{call}` is called"
    say = partial(rule.words, function=name, given=given, call=call)
    claim = rule.claim
    return Candidate(
        site,
        origin,
        taint.lines,
        title=f"{rule.title}: {what} in `{name}`",
        explanation=say(rule.explanation),
        claim=Claim(say(claim.entry), say(claim.input), say(claim.bad), say(claim.good)),
        confidence=rule.confidence,
    )
