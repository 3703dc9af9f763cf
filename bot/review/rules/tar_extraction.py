"""Tar extraction (CWE-22): an untrusted archive whose members lead out of the folder it is unpacked into."""

from __future__ import annotations

import libcst as cst

from bot.records import Claim, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import argument
from bot.review.rules.analysis.source import Span
from bot.review.rules.analysis.taint import Taint
from bot.review.rules.paths.archive import write
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite

OPENS = frozenset({"tarfile.open", "tarfile.TarFile.open", "tarfile.TarFile"})


def opening(site: Site) -> cst.Call | None:
    """The call that opened the archive which this call unpacks without a filter."""
    if site.method not in {"extractall", "extract"} or not isinstance(site.call.func, cst.Attribute):
        return None
    if argument(site.call, -1, "filter") or argument(site.call, -1, "members"):
        return None
    opened = site.resolve(site.call.func.value)
    return opened if isinstance(opened, cst.Call) and site.function.called(opened) in OPENS else None


def _taint(site: Site, opened: cst.Call) -> Taint:
    result = Taint()
    for arg in opened.args:
        result |= site.taint(arg.value)
    return result


def find(site: Site) -> Candidate | None:
    """`extractall` without a filter on an archive that somebody else chose."""
    opened = opening(site)
    taint = _taint(site, opened) if opened else Taint()
    if opened is None or not taint or taint.encodings:
        return None
    origin = taint.origin
    name = site.function.qualified
    return Candidate(
        site,
        origin,
        taint.lines,
        title=f"Path traversal: members of the archive {origin.words} are unpacked unchecked in `{name}`",
        explanation=(
            f"`{name}` unpacks {origin.words} with `{site.method}` and no filter. A member named "
            f"`../file`, an absolute "
            "path or a link writes outside the folder."
        ),
        claim=Claim(
            entry=name,
            input="an archive with a member `../outside.txt`",
            bad="a file appears beside the folder",
            good="the archive is refused, and no file appears beside the folder",
        ),
    )


def fix(candidate: Candidate) -> Rewrite:
    """The standard library's filter for data."""
    site = candidate.site
    source, call = site.function.source, site.call
    if call.args:
        end = source.outer_span(call.args[-1].value).end
        return Rewrite(
            ((Span(end, end), ', filter="data"'),), "Members that lead out of the folder are refused."
        )
    end = source.spans[call].end - 1
    return Rewrite(((Span(end, end), 'filter="data"'),), "Members that lead out of the folder are refused.")


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """An archive with a member outside makes no file outside."""
    opened = opening(candidate.site)
    if opened is None or attempt or candidate.site.method != "extractall":
        raise CannotWrite("A test cannot follow how the archive is unpacked.")
    return write(candidate, opened, argument(candidate.site.call, 0, "path"), placement)


WEAKNESS = WeaknessClass(
    rule="python/tar-extraction",
    cwe="CWE-22",
    name="Unsafe tar extraction",
    severity=Severity.HIGH,
    impact="Whoever makes the archive can overwrite files of this process's account.",
    sinks="`TarFile.extractall` and `extract` without a filter",
    remedy='`filter="data"`',
    find=find,
    fix=fix,
    test=test,
)
