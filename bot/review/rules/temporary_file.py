"""Predictable temporary file (CWE-377): a name that is free when asked, and somebody else's when used."""

from __future__ import annotations

import libcst as cst

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.origins import Origin
from bot.review.rules.writing.arguments import nothing
from bot.review.rules.writing.invocation import invocation, module_name
from bot.review.rules.writing.options import has_stars
from bot.review.rules.writing.refusal import free_name
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite, after_statement
from bot.review.rules.writing.testfile import block, test_file


def find(site: Site) -> Candidate | None:
    """A call of `tempfile.mktemp`."""
    if site.called != "tempfile.mktemp" or has_stars(site.call):
        return None
    name = site.function.qualified
    return Candidate(
        site,
        Origin("parameter"),
        frozenset(),
        title=f"A temporary file can be somebody else's in `{name}`",
        explanation=(
            f"`{name}` asks `tempfile.mktemp` for a free name and makes the file later. In between "
            "another user can put a link of that name there, and the data goes where it leads."
        ),
        claim=Claim(
            entry=name,
            input="a link of the free name, made right after the name is known",
            bad="the file that the link leads to is overwritten",
            good="the file that the link leads to stays as it was",
        ),
        confidence=Confidence.HIGH,
    )


def fix(candidate: Candidate) -> Rewrite:
    """`mkstemp`, which makes the file together with its name."""
    site = candidate.site
    source, call = site.function.source, site.call
    line = site.statement
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    if not isinstance(small, cst.Assign) or small.value is not call or len(small.targets) != 1:
        raise CannotWrite("The name of the file is used in the statement that asks for it.")
    target = small.targets[0].target
    if not isinstance(target, cst.Name):
        raise CannotWrite("The name of the file is kept in a place that the rule cannot follow.")
    handle = free_name(site, "handle", "descriptor", "temporary")
    imports: tuple[str, ...] = () if site.function.imports.get("os") == "os" else ("import os",)
    if isinstance(call.func, cst.Attribute):
        place = source.spans[call.func.attr]
    else:
        place = source.spans[call.func]
        imports = (*imports, "from tempfile import mkstemp")
    name = source.spans[target]
    replacements = (
        (name, f"{handle}, {target.value}"),
        (place, "mkstemp"),
        after_statement(source, line, [f"os.close({handle})"]),
    )
    return Rewrite(replacements, "The file is made together with its name, for this user only.", imports)


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """Somebody who is faster gains nothing."""
    function = candidate.site.function
    if attempt or not function.is_public:
        raise CannotWrite("There is no other way to be faster than the code.")
    call = invocation(function, candidate.origin, placement, nothing)
    if call.is_response:
        raise CannotWrite("The view makes its file out of a test's sight.")
    is_name = isinstance(candidate.site.call.func, cst.Name)
    fixture = _victim(placement, is_name=is_name)
    more = [one for one in ("tmp_path", "monkeypatch") if call.uses(one)]
    refusals = ", ".join(("OSError", "ValueError", *call.refusals))
    red = block(
        f"def test_{function.name}_follows_no_link({', '.join(['victim', *more])}):",
        "What is written does not end in the file of the one who was faster.",
        [*call.setup, f"with contextlib.suppress({refusals}):", f"    {call.call}", "",
         'assert victim.read_text() == "private"'],
    )  # fmt: skip
    fixtures = ", ".join(dict.fromkeys([*more, "tmp_path", "monkeypatch"]))
    sibling = block(
        f"def test_{function.name}_still_works({fixtures}):",
        "Without anybody in between it does its work.",
        ['monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))', *call.setup, f"{call.call}", "",
         "assert not [one for one in tmp_path.rglob(\"*\") if one.is_symlink()]"],
    )  # fmt: skip
    own = (module_name(placement)[0],) if is_name else ()
    imports = ("import contextlib", "import os", "import tempfile", "import pytest", *call.imports, *own)
    guarantee = f"`{function.name}` writes to a temporary file of its own."
    return test_file(placement, guarantee, imports, (fixture, red, sibling))


def _victim(placement: Placement, *, is_name: bool) -> str:
    _, module = module_name(placement)
    place, lenient = (module, ", raising=False") if is_name else ("tempfile", "")
    return block(
        "@pytest.fixture\ndef victim(tmp_path, monkeypatch):",
        "A file that somebody makes each free name lead to, as soon as it is known.",
        [
            'victim = tmp_path / "victim"',
            'victim.write_text("private")',
            "free = tempfile.mktemp",
            "\ndef raced(*arguments, **options):\n"
            "    name = free(*arguments, **options)\n"
            "    os.symlink(victim, name)\n"
            "    return name\n",
            f'monkeypatch.setattr({place}, "mktemp", raced{lenient})',
            'monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))',
            "return victim",
        ],
    )


WEAKNESS = WeaknessClass(
    rule="python/temporary-file",
    cwe="CWE-377",
    name="Predictable temporary file",
    severity=Severity.MEDIUM,
    impact="Another user of the machine can have files of this one overwritten or read.",
    sinks="`tempfile.mktemp`",
    remedy="`tempfile.mkstemp`",
    find=find,
    fix=fix,
    test=test,
)
