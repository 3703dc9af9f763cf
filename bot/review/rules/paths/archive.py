"""The regression test for unpacking: an archive with one member inside the folder and one outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from bot.records import RegressionTest
from bot.review.reviewers import Placement
from bot.review.rules.analysis.names import argument
from bot.review.rules.writing.arguments import Provide, nothing, passing
from bot.review.rules.writing.invocation import Invocation, invocation, module_name
from bot.review.rules.writing.rewrite import CannotWrite
from bot.review.rules.writing.surroundings import file_location
from bot.review.rules.writing.testfile import block, test_file

if TYPE_CHECKING:
    from bot.review.rules import Candidate


def write(
    candidate: Candidate, opened: cst.Call, target: cst.Arg | None, placement: Placement
) -> RegressionTest:
    """The test for a function that unpacks into `target` (the current folder when None)."""
    function, label = candidate.site.function, candidate.origin.label
    provide, patch, imports = _folder(candidate, target, placement)
    call = invocation(function, candidate.origin, placement, provide)
    if call.is_response or candidate.origin.kind != "parameter":
        raise CannotWrite("A test cannot send an archive to this view.")
    helper = _helper(candidate, call, _value(candidate, opened), patch)
    red = block(
        f"def test_members_of_{label}_stay_in_the_folder(tmp_path, monkeypatch):",
        "A member that leads out of the folder is not written.",
        [
            'unpack(tmp_path, monkeypatch, "../outside.txt")',
            "",
            'assert not (tmp_path / "outside.txt").exists()',
        ],
    )
    sibling = block(
        f"def test_members_of_{label}_are_still_unpacked(tmp_path, monkeypatch):",
        "A member inside the folder is written.",
        [
            'folder = unpack(tmp_path, monkeypatch, "inside.txt")',
            "",
            'assert (folder / "inside.txt").exists()',
        ],
    )
    guarantee = f"`{function.name}`: members of {label} are written in the folder, never outside."
    every = ("import contextlib", "import tarfile", *imports, *call.imports)
    return test_file(placement, guarantee, every, (helper, red, sibling))


def _helper(candidate: Candidate, call: Invocation, value: str, patch: str) -> str:
    refusals = ", ".join(("tarfile.TarError", "ValueError", *call.refusals))
    return block(
        "def unpack(tmp_path, monkeypatch, member):",
        f"Have `{candidate.site.function.name}` unpack an archive with one member, and give the folder.",
        [
            'folder = tmp_path / "folder"',
            "folder.mkdir()",
            'with tarfile.open(tmp_path / "archive.tar", "w") as archive:',
            "    archive.addfile(tarfile.TarInfo(member))",
            f"value = {value}",
            patch,
            *call.setup,
            f"with contextlib.suppress({refusals}):",
            f"    {call.call}",
            "return folder",
        ],
    )


def _value(candidate: Candidate, opened: cst.Call) -> str:
    """Code of the archive as the function takes it: a path, bytes, or an open file."""
    source = candidate.site.function.source
    given = argument(opened, -1, "fileobj")
    if given is None:
        return (
            'tmp_path / "archive.tar"'
            if "Path" in candidate.site.function.annotation(candidate.origin.name)
            else 'str(tmp_path / "archive.tar")'
        )
    if source.code(given.value) == candidate.origin.name:
        return 'open(tmp_path / "archive.tar", "rb")'
    return '(tmp_path / "archive.tar").read_bytes()'


def _folder(
    candidate: Candidate, target: cst.Arg | None, placement: Placement
) -> tuple[Provide, str, tuple[str, ...]]:
    if target is None:
        return nothing, "monkeypatch.chdir(folder)", ()
    where = file_location(candidate.site.resolve(target.value), candidate.site.function)
    if where.kind == "file-parameter":
        return passing(where.name, "folder"), "", ()
    if where.kind == "file-constant":
        home, module = module_name(placement)
        return nothing, f'monkeypatch.setattr({module}, "{where.name}", folder)', (home,)
    if where.kind == "file-variable":
        return nothing, f'monkeypatch.setenv("{where.name}", str(folder))', ()
    raise CannotWrite("The folder is fixed in the code, where a test cannot put another one.")
