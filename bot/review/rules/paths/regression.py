"""The regression test for a path traversal: two files, one inside the folder and one beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from bot.records import RegressionTest
from bot.review.reviewers import Placement
from bot.review.rules.paths.joined import Joined
from bot.review.rules.writing.arguments import Provide, nothing, passing
from bot.review.rules.writing.invocation import Invocation, invocation, module_name, module_value
from bot.review.rules.writing.rewrite import CannotWrite
from bot.review.rules.writing.surroundings import Location, file_location
from bot.review.rules.writing.testfile import block, test_file

if TYPE_CHECKING:
    from bot.review.rules import Candidate


@dataclass(frozen=True, slots=True)
class Folder:
    """How the test gives the code its folder: by a line of the fixture, of the helper, or an argument."""

    patch: str = ""
    setup: tuple[str, ...] = ()
    provide: Provide = nothing
    imports: tuple[str, ...] = ()
    name: str = "files"


def write(
    candidate: Candidate, path: Joined, effect: str, placement: Placement, attempt: int
) -> RegressionTest:
    """The test for reading, writing or removing.

    Attempts: the folder as a string, then as a Path, or the reverse.
    """
    if attempt > 1:
        raise CannotWrite("No call of this code reached the file beside the folder.")
    function, label = candidate.site.function, candidate.origin.label
    folder = _folder(candidate, path, placement, as_object=path.is_object != bool(attempt))
    call = invocation(function, candidate.origin, placement, folder.provide)
    content = (
        '{"text": "%s"}' if re.search(r"\bjson\.loads?\b", function.source.code(function.node)) else "%s"
    )
    guarantee = f"`{function.name}`: {label} names a file in its folder, never one outside."
    blocks = (
        _fixture(folder, path, content),
        _helper(function.name, call, folder),
        _red(label, path.suffix, effect, content),
        _sibling(label, path.suffix, effect, call),
    )
    return test_file(placement, guarantee, ("import pytest", *call.imports, *folder.imports), blocks)


def _folder(candidate: Candidate, path: Joined, placement: Placement, *, as_object: bool) -> Folder:
    function = candidate.site.function
    where = file_location(candidate.site.resolve(path.base), function)
    if isinstance(path.base, cst.Name) and module_value(function, path.base.value) is not None:
        where = Location("file-constant", path.base.value)
    shown = "folder" if as_object else "str(folder)"
    if where.kind == "file-parameter":
        return Folder(provide=passing(where.name, shown))
    if where.kind == "file-constant":
        home, module = module_name(placement)
        return Folder(patch=f'monkeypatch.setattr({module}, "{where.name}", {shown})', imports=(home,))
    if where.kind == "file-path":
        return Folder(patch="monkeypatch.chdir(tmp_path)", name=where.name.strip("/"))
    if where.kind == "file-variable":
        return Folder(patch=f'monkeypatch.setenv("{where.name}", str(folder))')
    if where.kind == "config":
        return Folder(setup=(f'application.config["{where.name}"] = {shown}',))
    raise CannotWrite("The folder is fixed in the code, where a test cannot put another one.")


def _fixture(folder: Folder, path: Joined, content: str) -> str:
    depth = folder.name
    outside = "folder.parent"
    fixtures = "tmp_path, monkeypatch" if folder.patch else "tmp_path"
    return block(
        f"@pytest.fixture\ndef folder({fixtures}):",
        "The folder of the code, with a file in it and another one beside it.",
        [
            f'folder = tmp_path / "{depth}"',
            "folder.mkdir(parents=True)" if "/" in depth else "folder.mkdir()",
            f'(folder / "inside{path.suffix}").write_text({_quoted(content, "shared")})',
            f'({outside} / "outside{path.suffix}").write_text({_quoted(content, "private")})',
            folder.patch,
            "return folder",
        ],
    )


def _quoted(content: str, word: str) -> str:
    text = content % word
    return f"'{text}'" if '"' in text else f'"{text}"'


def _helper(function: str, call: Invocation, folder: Folder) -> str:
    before = [row for row in call.setup if not row.startswith("client =")]
    after = [row for row in call.setup if row.startswith("client =")]
    rows = [*before, *folder.setup, *after]
    more = "".join(f", {one}" for one in ("tmp_path", "monkeypatch") if call.uses(one))
    head = f"def answer(folder, value{more}):"
    if call.is_response:
        rows += [f"with {call.call} as response:", "    return response.get_data(as_text=True)"]
        return block(head, f"What `{function}` answers.", rows)
    refusals = ", ".join(("ValueError", "OSError", *call.refusals))
    rows += ["try:", f"    return {call.call}", f"except ({refusals}):", "    return None"]
    return block(head, f"What `{function}` gives for the value, None when it refuses.", rows)


def _red(label: str, suffix: str, effect: str, content: str) -> str:
    value = '"../outside"'
    if effect == "read":
        doc = "A file beside the folder is not read."
        rows = [f'assert "private" not in str(answer(folder, {value}))']
    elif effect == "write":
        doc = "A file beside the folder is not written."
        rows = [f"answer(folder, {value})", "", f"text = (folder.parent / \"outside{suffix}\").read_text()",
                f"assert text == {_quoted(content, 'private')}"]  # fmt: skip
    else:
        doc = "A file beside the folder is not removed."
        rows = [f"answer(folder, {value})", "", f'assert (folder.parent / "outside{suffix}").exists()']
    return block(f"def test_{label}_stays_in_its_folder(folder):", doc, rows)


def _sibling(label: str, suffix: str, effect: str, call: Invocation) -> str:
    del call
    value = '"inside"'
    if effect == "read":
        rows = [f'assert "shared" in str(answer(folder, {value}))']
        doc = "A file in the folder is still read."
    elif effect == "write":
        rows = ['answer(folder, "new")', "", f'assert (folder / "new{suffix}").exists()']
        doc = "A file in the folder is still written."
    else:
        rows = [f"answer(folder, {value})", "", f'assert not (folder / "inside{suffix}").exists()']
        doc = "A file in the folder is still removed."
    return block(f"def test_{label}_in_its_folder_still_works(folder):", doc, rows)
