"""Looks for the pattern of findings all over a tree: by the rules that know it, else by a call's name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from bot.config import Config
from bot.records import Change, Finding, Review, Variant, Variants
from bot.review.claude.sources import files_in
from bot.review.exempt import exempt
from bot.review.reviewers import Material
from bot.review.reviewers.rules import TEST_PATH, candidates
from bot.review.rules import classes
from bot.review.rules.analysis.flow import EQUALS, RETURN, Site, trace
from bot.review.rules.analysis.names import Function, functions
from bot.review.rules.analysis.source import Source, Unreadable, read_source
from bot.review.rules.analysis.taint import PASSING_CALLS, PASSING_METHODS
from bot.review.rules.repository import Group, groups
from bot.review.traced import reached, reaching, slots

MOST_BYTES = 1_000_000  # of Python that is parsed: ten to twenty seconds
MOST_OF_ONE = 20  # variants of one finding that are listed
COMMON = PASSING_CALLS | PASSING_METHODS | {RETURN, EQUALS, "print", "len", "int", "append", "add", "info"}


@dataclass(frozen=True, slots=True)
class _Pattern:
    """What to look for: what these rules find, else calls of this name that input reaches."""

    finding: Finding
    rules: frozenset[str]
    sink: str  # the last part of the name of what the finding calls, "" when that is not seen
    called: str  # its whole name, where that tells something
    slots: frozenset[str]  # of the call: where input gets in


@dataclass(frozen=True, slots=True)
class _Seen:
    """A place with a pattern."""

    site: Site
    lines: frozenset[int]  # of the way there
    pattern: _Pattern
    cwe: str
    rule: str
    why: str


def search(findings: tuple[Finding, ...], material: Material, most_bytes: int = MOST_BYTES) -> Variants:
    """The variants of the findings, and how far the search went.

    Files that call what a finding calls are searched first. Lines that the change adds were reviewed, and are
    left out; so is what the repository asks not to report, and its tests.
    """
    patterns = tuple(_pattern(one, material) for one in findings)
    paths = _paths(material, patterns)
    seen: list[_Seen] = []
    unread = read = 0
    for place, path in enumerate(paths):
        read += (material.tree / path).stat().st_size
        if read > most_bytes:
            unread += len(paths) - place
            break
        try:
            seen += _in_file(read_source(material.tree, path), patterns, material.config)
        except (Unreadable, RecursionError):
            unread += 1
    found = _variants(seen, material)
    listed, more = _listed(found)
    parts = (
        f"{unread} of {len(paths)} Python files were not searched" if unread else "",
        f"{more} more places are not listed" if more else "",
    )
    return Variants(listed, "; ".join(part for part in parts if part))


def _pattern(finding: Finding, material: Material) -> _Pattern:
    if finding.rule:
        rules = frozenset({finding.rule})
    else:
        rules = frozenset(one.rule for one in classes() if one.cwe == finding.cwe)
    site = reached(finding, material.tree)
    sink = site.method if site and site.called not in {RETURN, EQUALS} else ""
    tells = site is not None and site.called not in COMMON and sink not in COMMON
    called = (site.called or f".{sink}") if site and sink and tells else ""
    return _Pattern(finding, rules, sink, called, slots(site) if site else frozenset())


def _paths(material: Material, patterns: tuple[_Pattern, ...]) -> list[str]:
    """The Python files of the tree, those first that name what a finding calls."""
    names = [one.sink.encode() for one in patterns if one.sink]
    paths = [
        path
        for path in files_in(material.tree)
        if PurePosixPath(path).suffix in {".py", ".pyw"} and not TEST_PATH.search(path)
    ]
    files = {path: material.tree / path for path in paths}
    plain = [path for path in paths if files[path].is_file() and not files[path].is_symlink()]
    named = {path for path in plain if any(name in files[path].read_bytes() for name in names)}
    return sorted(plain, key=lambda path: path not in named)


def _in_file(source: Source, patterns: tuple[_Pattern, ...], config: Config) -> Iterator[_Seen]:
    wanted = frozenset(name for one in patterns for name in one.rules)
    asked = tuple(_narrowed(one, wanted) for one in groups(config, source))
    by_name = [one for one in patterns if one.called and not one.rules]
    for function in functions(source):
        for weakness, candidate in candidates(function, asked):
            pattern = next(one for one in patterns if weakness.rule in one.rules)
            lines = candidate.lines
            yield _Seen(candidate.site, lines, pattern, weakness.cwe, weakness.rule, candidate.title)
        for pattern in by_name:
            yield from _named(function, pattern)


def _narrowed(group: Group, wanted: frozenset[str]) -> Group:
    return replace(group, weaknesses=tuple(one for one in group.weaknesses if one.rule in wanted))


def _named(function: Function, pattern: _Pattern) -> Iterator[_Seen]:
    """Calls of the pattern's name that untrusted input reaches by the same argument."""

    def is_wanted(site: Site) -> bool:
        return (site.called or f".{site.method}") == pattern.called and not pattern.slots.isdisjoint(
            slots(site)
        )

    for site in trace(function, is_wanted, private=True):
        taint = reaching(site)
        why = f"{taint.origin.words} reaches `{pattern.called}` in `{function.qualified}`"
        yield _Seen(site, taint.lines, pattern, pattern.finding.cwe, "", why)


def _variants(seen: list[_Seen], material: Material) -> Iterator[Variant]:
    """Each place once, in the tree's order."""
    added = _added(material.change)
    known: set[tuple[str, int, str]] = set()
    for one in sorted(seen, key=lambda one: (one.site.function.source.path, one.site.lines.start)):
        source, lines = one.site.function.source, one.site.lines
        way = one.lines | frozenset(lines)
        key = (source.path, lines.start, one.cwe)
        as_finding = replace(one.pattern.finding, path=source.path, cwe=one.cwe, rule=one.rule)
        asked_for = exempt(Review((as_finding,)), material.config).findings
        if key in known or not asked_for or way & added.get(source.path, frozenset()):
            continue
        known.add(key)
        by = one.rule or f"calls of {one.pattern.called.lstrip('.')}"
        finding = one.pattern.finding
        yield Variant(finding.id, source.path, lines.start, source.text_of(lines), one.why, by)


def _added(change: Change) -> dict[str, frozenset[int]]:
    return {file.path: frozenset(line for hunk in file.hunks for line in hunk.added) for file in change.files}


def _listed(found: Iterator[Variant]) -> tuple[tuple[Variant, ...], int]:
    """The first ones of each finding, and how many there are beyond."""
    counts: dict[str, int] = {}
    listed = []
    for one in found:
        counts[one.finding] = counts.get(one.finding, 0) + 1
        if counts[one.finding] <= MOST_OF_ONE:
            listed.append(one)
    return tuple(listed), sum(counts.values()) - len(listed)
