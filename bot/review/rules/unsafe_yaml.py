"""Unsafe YAML (CWE-502): a document that may make any Python object."""

from __future__ import annotations

import libcst as cst

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import argument, resolve
from bot.review.rules.analysis.source import Span
from bot.review.rules.loading.content import Content, content
from bot.review.rules.loading.regression import Sample, keys_of, write
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite

LOADS = {"yaml.load": "safe_load", "yaml.load_all": "safe_load_all",
         "yaml.unsafe_load": "safe_load", "yaml.unsafe_load_all": "safe_load_all"}  # fmt: skip
UNSAFE_LOADERS = frozenset({"Loader", "UnsafeLoader", "CLoader"})


def _content(site: Site) -> Content | None:
    if site.called not in LOADS:
        return None
    first = argument(site.call, 0, "stream")
    loader = argument(site.call, 1, "Loader")
    if loader is not None:
        name = resolve(loader.value, site.function.imports)
        if name not in {f"yaml.{one}" for one in UNSAFE_LOADERS}:
            return None
    found = content(site, first.value) if first else None
    return found if found and not found.taint.encodings else None


def find(site: Site) -> Candidate | None:
    """An unsafe loader that reads untrusted text."""
    found = _content(site)
    if found is None:
        return None
    name = site.function.qualified
    holder = f"the file that {found.origin.words} names" if found.is_file else found.origin.words
    return Candidate(
        site,
        found.origin,
        found.taint.lines,
        title=f"Unsafe YAML: {holder} can make any Python object in `{name}`",
        explanation=(
            f"`{name}` reads {holder} with a loader that follows tags such as `!!python/object/apply`. "
            "A document can have any function called with any argument."
        ),
        claim=Claim(
            entry=name,
            input="a document with the tag !!python/object/apply for a harmless function of the test",
            bad="the function is called while the document is read",
            good="the document is refused, and nothing is called",
        ),
        confidence=Confidence.MEDIUM if found.is_file else Confidence.HIGH,
    )


def fix(candidate: Candidate) -> Rewrite:
    """PyYAML's safe loader."""
    site = candidate.site
    source, call = site.function.source, site.call
    safe = LOADS[site.called]
    loader = argument(call, 1, "Loader")
    replacements = []
    imports: tuple[str, ...] = ()
    if isinstance(call.func, cst.Attribute):
        replacements.append((source.spans[call.func.attr], safe))
    else:
        replacements.append((source.spans[call.func], safe))
        imports = (f"from yaml import {safe}",)
    if loader is not None:
        index = call.args.index(loader)
        if index == 0:
            raise CannotWrite("The loader comes before the document.")
        start = source.outer_span(call.args[index - 1].value).end
        replacements.append((Span(start, source.outer_span(loader.value).end), ""))
    return Rewrite(tuple(replacements), "The safe loader makes plain data only.", imports)


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """A document that asks for a call is refused."""
    found = _content(candidate.site)
    if found is None or attempt:
        raise CannotWrite("No document made the loader call a function.")
    plain = "".join(f"{key}: sample\\n" for key in keys_of(candidate) or ("name",))
    marked = f'f"{plain}more: !!python/object/apply:{{__name__}}.record [ran]\\n"'
    sample = Sample(marked, f'"{plain}"', ("import yaml",), (), ("yaml.YAMLError", "ValueError"))
    return write(candidate, found, sample, placement, "document")


WEAKNESS = WeaknessClass(
    rule="python/unsafe-yaml",
    cwe="CWE-502",
    name="Unsafe YAML",
    severity=Severity.HIGH,
    impact="Whoever writes the document can run code with the rights of this process.",
    sinks="`yaml.load` without a safe loader, `yaml.unsafe_load`",
    remedy="`yaml.safe_load`",
    find=find,
    fix=fix,
    test=test,
)
