"""Unsafe pickle (CWE-502): untrusted bytes that may call any function while they are read."""

from __future__ import annotations

import libcst as cst

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import argument
from bot.review.rules.loading.content import Content, content
from bot.review.rules.loading.regression import Sample, keys_of, write
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite, before_function
from bot.review.rules.writing.testfile import block

LOADS = frozenset({"pickle.loads", "pickle.load"})
NAME = "PlainUnpickler"
RESTRICTED = (
    f"class {NAME}(pickle.Unpickler):",
    '    """Reads plain data only: a pickle that names a class or a function is refused."""',
    "",
    "    def find_class(self, module, name):",
    '        raise pickle.UnpicklingError(f"{module}.{name} is not plain data")',
    "",
    "",
)


def _content(site: Site) -> Content | None:
    first = argument(site.call, 0) if site.called in LOADS else None
    found = content(site, first.value) if first else None
    if found is None or found.origin.kind in {"input", "argv"}:
        return None
    return found


def find(site: Site) -> Candidate | None:
    """Untrusted bytes handed to pickle."""
    found = _content(site)
    if found is None:
        return None
    name = site.function.qualified
    holder = f"the file that {found.origin.words} names" if found.is_file else found.origin.words
    return Candidate(
        site,
        found.origin,
        found.taint.lines,
        title=f"Unsafe deserialisation: {holder} is unpickled in `{name}`",
        explanation=(
            f"`{name}` unpickles {holder}. A pickle is a small program: it can name any function "
            f"and have it called "
            "before the first value is returned."
        ),
        claim=Claim(
            entry=name,
            input="a pickle that names a harmless function of the test",
            bad="the function is called while the bytes are read",
            good="the bytes are refused, and nothing is called",
        ),
        confidence=Confidence.HIGH
        if found.origin.is_remote
        else Confidence.LOW
        if found.is_file
        else Confidence.MEDIUM,
    )


def fix(candidate: Candidate) -> Rewrite:
    """An unpickler that knows no classes and functions."""
    site = candidate.site
    source, call, function = site.function.source, site.call, site.function
    if function.imports.get("pickle") != "pickle":
        raise CannotWrite("The file imports pickle under another name.")
    if len(call.args) != 1:
        raise CannotWrite("The call has options that the plain unpickler does not take.")
    given = source.code(call.args[0].value)
    imports: tuple[str, ...] = ()
    if site.method == "loads":
        local = next((name for name, home in function.imports.items() if home == "io.BytesIO"), "")
        given = f"{local or 'io.BytesIO'}({given})"
        imports = () if local else ("import io",)
    replacements = [(source.spans[call], f"{NAME}({given}).load()")]
    if f"class {NAME}(".encode() not in source.data:
        replacements.append(before_function(source, function.node, RESTRICTED))
    return Rewrite(tuple(replacements), "An unpickler that reads plain data and refuses every name.", imports)


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """A pickle that names a function is refused."""
    found = _content(candidate.site)
    if found is None or attempt:
        raise CannotWrite("No pickle made the code call a function.")
    keys = "".join(f'"{key}": "sample", ' for key in keys_of(candidate) or ("name",))
    imports: tuple[str, ...] = ("import pickle",)
    marked, plain = f'pickle.dumps({{{keys}"more": Marker()}})', f"pickle.dumps({{{keys.rstrip(', ')}}})"
    for encoding in reversed(found.taint.encodings):
        marked, plain = f"{encoding}({marked})", f"{encoding}({plain})"
        imports = (*imports, "import base64")
    if found.taint.encodings and (
        found.origin.is_remote or "bytes" not in candidate.site.function.annotation(candidate.origin.name)
    ):
        marked, plain = f"{marked}.decode()", f"{plain}.decode()"
    if _takes_file(candidate):
        marked, plain, imports = f"io.BytesIO({marked})", f"io.BytesIO({plain})", (*imports, "import io")
    marker = "class Marker:\n" + "\n".join(
        f"    {row}" if row else ""
        for row in block("def __reduce__(self):", "", ['return record, ("ran",)']).split("\n")
    )
    errors = ("pickle.UnpicklingError", "ValueError", "TypeError")
    sample = Sample(marked, plain, imports, (marker,), errors, is_bytes=True)
    return write(candidate, found, sample, placement, "pickle")


def _takes_file(candidate: Candidate) -> bool:
    """Is the parameter itself read as a file object?"""
    site = candidate.site
    given = site.resolve(site.call.args[0].value)
    return site.method == "load" and isinstance(given, cst.Name) and given.value == candidate.origin.name


WEAKNESS = WeaknessClass(
    rule="python/unsafe-pickle",
    cwe="CWE-502",
    name="Unsafe deserialisation",
    severity=Severity.HIGH,
    impact="Whoever controls the bytes can run code with the rights of this process.",
    sinks="`pickle.load`, `pickle.loads`",
    remedy="an unpickler that reads plain data and refuses every class and function",
    find=find,
    fix=fix,
    test=test,
)
