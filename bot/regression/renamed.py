"""Findings in files that got another name since an earlier head: they keep the ids that they had there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from bot.records import Finding, KeptTest, Review
from bot.regression.gone import home_of
from bot.regression.trees import read_file
from bot.review.fingerprint import same_code


def with_known_ids(review: Review, known: Iterable[KeptTest], tree: Path) -> Review:
    """The review; a finding takes the id of a kept one that is the same but for its file, which is gone.

    The same is: weakness, function and code. Where several could be meant, none is.
    """
    lost = [one for one in known if one.scope and read_file(tree, one.finding.path) is None]
    names = _names(review.findings, lost, tree) if lost else {}
    return replace(
        review,
        findings=tuple(replace(one, id=names.get(one.id, one.id)) for one in review.findings),
        twins=tuple((names.get(key, key), twin) for key, twin in review.twins),
    )


def _names(findings: Iterable[Finding], lost: list[KeptTest], tree: Path) -> dict[str, str]:
    """New ids and the old ones, each of which stands there once."""
    pairs = [(one.id, then.finding.id) for one in findings for then in lost if _is_same(one, then, tree)]
    new, old = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return {now: then for now, then in pairs if new.count(now) == old.count(then) == 1}


def _is_same(finding: Finding, then: KeptTest, tree: Path) -> bool:
    before = then.finding
    if (finding.cwe, finding.rule) != (before.cwe, before.rule) or finding.path == before.path:
        return False
    return same_code(finding.quote, before.quote) and home_of(finding, tree)[0] == then.scope
