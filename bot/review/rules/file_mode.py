"""World-writable files (CWE-732): a mode that lets every user of the machine change the file."""

from __future__ import annotations

import re

import libcst as cst

from bot.records import Claim, Confidence, RegressionTest, Severity
from bot.review.reviewers import Placement
from bot.review.rules import Candidate, WeaknessClass
from bot.review.rules.analysis.flow import Site
from bot.review.rules.analysis.names import Function, argument
from bot.review.rules.analysis.origins import Origin
from bot.review.rules.paths.joined import FOLDER_NAME
from bot.review.rules.writing.arguments import Provide
from bot.review.rules.writing.invocation import invocation
from bot.review.rules.writing.rewrite import CannotWrite, Rewrite
from bot.review.rules.writing.testfile import block, test_file

FOR_OTHERS = 0o002
FOR_ALL = 0o022  # group and others
FILE_NAME = re.compile(r"(^|_)(path|file|target|filename|destination|output|dest|socket|script)$")
MAKES_FOLDER = re.compile(r"\b(mkdir|makedirs)\b")


def _mode(site: Site) -> cst.Integer | None:
    """The mode, written as a number, that a call gives a file."""
    if site.called == "os.chmod":
        given = argument(site.call, 1, "mode") or argument(site.call, -1, "mode")
    elif site.method == "chmod" and isinstance(site.call.func, cst.Attribute):
        given = argument(site.call, 0, "mode")
    else:
        return None
    return given.value if given and isinstance(given.value, cst.Integer) else None


def find(site: Site) -> Candidate | None:
    """A mode with the others' right to write."""
    mode = _mode(site)
    if mode is None or not mode.evaluated_value & FOR_OTHERS or mode.evaluated_value & 0o1000:
        return None
    name = site.function.qualified
    return Candidate(
        site,
        Origin("parameter"),
        frozenset(),
        title=f"Every user of the machine can change a file of `{name}`",
        explanation=(
            f"`{name}` sets the mode {mode.value}: any account of the machine may write to the file, "
            "or put others in its folder."
        ),
        claim=Claim(
            entry=name,
            input="any call",
            bad="the file is left with the others' right to write",
            good="the file is left without that right",
        ),
        confidence=Confidence.HIGH,
    )


def fix(candidate: Candidate) -> Rewrite:
    """The same mode without the right to write for the group and others."""
    mode = _mode(candidate.site)
    if mode is None:
        raise CannotWrite("The mode is not written as a number.")
    kept = mode.evaluated_value & ~FOR_ALL
    place = candidate.site.function.source.spans[mode]
    return Rewrite(((place, f"0o{kept:o}"),), "Only the owner may write.")


def test(candidate: Candidate, placement: Placement, attempt: int) -> RegressionTest:
    """No file is left that everybody may write to. The file is there before the first attempt's call."""
    function = candidate.site.function
    if attempt > 1 or not function.is_public:
        raise CannotWrite("No call of this code set the mode of a file in the test's folder.")
    makes_folder = bool(MAKES_FOLDER.search(function.source.code(function.node.body)))
    is_there = makes_folder == bool(attempt)

    call = invocation(function, candidate.origin, placement, _places(function, makes_folder=makes_folder))
    if "tmp_path" not in call.call:
        raise CannotWrite("The file is named in the code, where a test cannot put another one.")
    more = ", monkeypatch" if call.uses("monkeypatch") else ""
    before = ['(tmp_path / "file").write_text("sample")'] if is_there else []
    fixtures = f"tmp_path{more}"
    left = block(
        f"def left({fixtures}):",
        f"The files and folders that `{function.name}` leaves.",
        [*before, *call.setup, call.call, 'return sorted(tmp_path.rglob("*"))'],
    )
    red = block(
        f"def test_others_may_not_write({fixtures}):",
        "No other user may write to what it leaves.",
        [f"assert [one.name for one in left({fixtures}) if one.stat().st_mode & 0o002] == []"],
    )
    sibling = block(
        f"def test_file_is_still_there({fixtures}):",
        "The file is there, and its owner may read and write it.",
        [
            f"entries = left({fixtures})",
            "",
            "assert entries",
            "assert all(one.stat().st_mode & 0o600 == 0o600 for one in entries)",
        ],
    )
    guarantee = f"`{function.name}` leaves nothing that every user may write to."
    return test_file(placement, guarantee, call.imports, (left, red, sibling))


def _places(function: Function, *, makes_folder: bool) -> Provide:
    """Arguments that keep the code in the test's folder: a file, or the folder that is still to be made."""

    def provide(name: str, parameter: cst.Param) -> str | None:
        del parameter
        is_object = "Path" in function.annotation(name)
        if FILE_NAME.search(name):
            return 'tmp_path / "file"' if is_object else 'str(tmp_path / "file")'
        if FOLDER_NAME.search(name) or is_object:
            return 'str(tmp_path / "file")' if makes_folder else "tmp_path"
        return None

    return provide


WEAKNESS = WeaknessClass(
    rule="python/file-mode",
    cwe="CWE-732",
    name="World-writable file",
    severity=Severity.MEDIUM,
    impact="Another user of the machine can change what this program wrote and will trust.",
    sinks="`os.chmod`, `Path.chmod` with a number that lets others write",
    remedy="the same number without the group's and others' right to write",
    find=find,
    fix=fix,
    test=test,
)
