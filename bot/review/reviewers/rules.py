"""The embedded reviewer: rules for Python code that need no key and no network."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath

from bot.config import Config
from bot.records import (
    ChangedFile,
    Finding,
    Fix,
    NotReviewed,
    RegressionTest,
    Review,
)
from bot.review.fingerprint import fingerprint
from bot.review.languages import language_of
from bot.review.reviewers import Answer, Feedback, Material, Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site, trace
from bot.review.rules.analysis.names import Function, functions
from bot.review.rules.analysis.source import Source, Unreadable, read_source
from bot.review.rules.analysis.way import way
from bot.review.rules.repository import Group, groups
from bot.review.rules.writing.rewrite import CannotWrite, render

MOST_FINDINGS = 40  # of one review: each is worth several runs in the sandbox
TOO_MANY = f"The embedded rules found more than {MOST_FINDINGS} defects in the change; the rest are left out."
TEST_PATH = re.compile(r"(^|/)(tests?|testing)/|(^|/)(test_[^/]*|[^/]*_test|conftest|noxfile|setup)\.py$")


class Rules:
    """A `Reviewer` of Python source: data flow inside one function,
    from untrusted input to a dangerous call.
    """

    name = "rules"

    def review(self, material: Material) -> Review:
        findings: list[Finding] = []
        skipped: list[NotReviewed] = []
        for file in material.change.files:
            if file.status == "removed" or not file.hunks:
                continue
            suffix = PurePosixPath(file.path).suffix.lower()
            if language := language_of(file.path):
                reason = f"The embedded rules read only Python, not {language}."
                skipped.append(NotReviewed(file.path, reason))
            elif suffix in {".py", ".pyw"} and not TEST_PATH.search(file.path):
                try:
                    found = _findings(read_source(material.tree, file.path), file, material.config)
                    if len(findings) + len(found) > MOST_FINDINGS:
                        skipped.append(NotReviewed(file.path, TOO_MANY))
                    findings += found[: MOST_FINDINGS - len(findings)]
                except Unreadable as error:
                    skipped.append(NotReviewed(file.path, str(error)))
                except RecursionError:
                    skipped.append(NotReviewed(file.path, "Its code nests too deep to be reviewed."))
        return Review(findings=tuple(findings), not_reviewed=tuple(skipped))

    def write_test(
        self, finding: Finding, material: Material, placement: Placement, feedback: tuple[Feedback, ...]
    ) -> Answer[RegressionTest]:
        found = _again(finding, material)
        if isinstance(found, str):
            return Answer(None, reason=found)
        if not placement.module:
            return Answer(None, reason="The file cannot be imported by a test.")
        weakness, candidate = found
        try:
            test = weakness.test(candidate, placement, len(feedback))
        except CannotWrite as error:
            return Answer(None, reason=str(error))
        if any(one.attempt == test for one in feedback):
            return Answer(None, reason="There is no other way to call this code from a test.")
        return Answer(test)

    def write_fix(
        self, finding: Finding, test: RegressionTest, material: Material, feedback: tuple[Feedback, ...]
    ) -> Answer[Fix]:
        found = _again(finding, material)
        if isinstance(found, str):
            return Answer(None, reason=found)
        weakness, candidate = found
        try:
            fix = render(candidate.site.function.source, weakness.fix(candidate))
        except CannotWrite as error:
            return Answer(None, reason=str(error))
        if any(one.attempt == fix for one in feedback):
            return Answer(None, reason="The rule has one fix for this, and it did not hold.")
        return Answer(fix)


def _again(finding: Finding, material: Material) -> tuple[WeaknessClass, Candidate] | str:
    """The class and candidate behind a finding, found anew in the tree; else why not."""
    file = next((one for one in material.change.files if one.path == finding.path), None)
    if file is None:
        return "The finding's file is not part of the change."
    try:
        located = list(_located(read_source(material.tree, file.path), file, material.config))
    except Unreadable as error:
        return str(error)
    for is_it in (_has_id, _has_place):  # the place alone where its file was renamed, so that its id is older
        for weakness, candidate, known in located:
            if is_it(known, finding):
                return weakness, candidate
    return "No embedded rule knows this finding."


def _has_id(known: Finding, finding: Finding) -> bool:
    return known.id == finding.id


def _has_place(known: Finding, finding: Finding) -> bool:
    return _place_of(known) == _place_of(finding)


def _place_of(finding: Finding) -> tuple[str, int, int, str]:
    return finding.rule, finding.start_line, finding.end_line, finding.quote


def _findings(source: Source, file: ChangedFile, config: Config) -> list[Finding]:
    return [finding for _, _, finding in _located(source, file, config)]


def _located(
    source: Source, file: ChangedFile, config: Config
) -> Iterator[tuple[WeaknessClass, Candidate, Finding]]:
    """Candidates on changed lines, function by function, with their findings."""
    seen: Counter[str] = Counter()
    asked = groups(config, source)
    hunks = tuple((hunk.added, hunk.new_lines) for hunk in file.hunks)
    added = frozenset(line for one, _ in hunks for line in one)
    for function in functions(source):
        if added.isdisjoint(function.lines):
            continue
        for weakness, candidate in candidates(function, asked):
            place = _place(candidate, hunks)
            if not place:
                continue
            quote = source.text_of(place)
            kind = f"{weakness.cwe} {weakness.rule}" if weakness.is_own else weakness.cwe
            base = fingerprint(source.path, kind, quote, function.qualified)
            identity = fingerprint(source.path, kind, quote, function.qualified, seen[base])
            seen[base] += 1
            yield weakness, candidate, _finding(weakness, candidate, place, quote, identity)


def candidates(function: Function, asked: tuple[Group, ...]) -> Iterator[tuple[WeaknessClass, Candidate]]:
    """What the weaknesses of the groups find in the function, changed or not."""
    for group in asked:
        if not group.concerns(function):
            continue
        told = replace(function, known=group.known)
        for site in trace(told, partial(_is_wanted, group)):
            for weakness in group.weaknesses:
                if candidate := weakness.find(site):
                    yield weakness, candidate


def _is_wanted(group: Group, site: Site) -> bool:
    return any(one.find(site) for one in group.weaknesses)


def _place(candidate: Candidate, hunks: tuple[tuple[frozenset[int], frozenset[int]], ...]) -> range | None:
    """Lines to comment on: the call's where a hunk shows them, else the changed lines on the way to it.

    A hunk is given by its added lines and by all those it shows of the new file.
    """
    site: Site = candidate.site
    way = frozenset(site.lines) | candidate.lines
    if not any(way & added for added, _ in hunks):
        return None
    for _, lines in hunks:
        if shown := _run_of(frozenset(site.lines) & lines):
            return shown
    return next((shown for added, _ in hunks if (shown := _run_of(way & added))), None)


def _run_of(numbers: frozenset[int]) -> range | None:
    """The first unbroken run of line numbers."""
    if not numbers:
        return None
    start = end = min(numbers)
    while end + 1 in numbers:
        end += 1
    return range(start, end + 1)


def _finding(
    weakness: WeaknessClass, candidate: Candidate, place: range, quote: str, identity: str
) -> Finding:
    site = candidate.site
    return Finding(
        id=identity,
        path=site.function.source.path,
        start_line=place.start,
        end_line=place.stop - 1,
        cwe=weakness.cwe,
        severity=weakness.severity,
        confidence=candidate.confidence,
        title=candidate.title,
        explanation=candidate.explanation,
        impact=weakness.impact,
        claim=candidate.claim,
        quote=quote,
        reviewer=Rules.name,
        rule=weakness.rule,
        flow=way(site.function, candidate.origin, candidate.lines, site.statement),
    )
