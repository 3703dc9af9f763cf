"""Output: the fix and its regression test as one commit, on a branch of its own that starts at the head."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from bot.diff.off_limits import why_off_limits
from bot.diff.parse import parse_diff
from bot.errors import InputError
from bot.fix.patches import apply_patch
from bot.forge.markers import FIX_BRANCHES, TRAILER
from bot.forge.writes import CommitFix, FileContent
from bot.publish import neutral
from bot.records import Change, Examined, Patch, RegressionTest


def branch_name(number: int, fingerprint: str, head_sha: str) -> str:
    """The fix branch of one finding on one head: nobody ever has to move it."""
    return f"{FIX_BRANCHES}pr-{number}-{fingerprint[:8]}-{head_sha[:7]}"


def why_not_here(change: Change) -> str:
    """Why no fix commit is pushed for this change; empty when one is."""
    if change.head_ref.startswith(FIX_BRANCHES):
        # A fix of a fix of a fix: that would never end.
        return "The head is a branch of Suture's own fixes."
    if change.head_repository is None:
        return "The repository that the head came from was deleted."
    if change.head_repository != change.repository:
        # A branch here would run a stranger's code with this repository's secrets in its workflows.
        return "The head is on a fork, to which this App does not push."
    return ""


def fix_files(patch: Patch, test: RegressionTest, tree: Path) -> tuple[FileContent, ...]:
    """The fixed files and the test. `tree` is the head, and stays as it is.

    Raises InputError for a patch that does not apply.
    """
    return (*_fixed(patch, tree), FileContent(test.path, test.content.encode()))


def _fixed(patch: Patch, tree: Path) -> tuple[FileContent, ...]:
    paths = [file.path for file in parse_diff(patch.diff)]
    with tempfile.TemporaryDirectory(prefix="suture-fix-") as name:
        scratch = Path(name)
        for path in paths:
            source = tree / path
            if not source.resolve().is_relative_to(tree.resolve()):
                raise InputError(f"The fix touches {path!r}, which leads out of the repository.")
            if source.is_file():
                (scratch / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, scratch / path)
        apply_patch(patch, scratch)
        return tuple(FileContent(path, (scratch / path).read_bytes()) for path in paths)


def render(one: Examined, change: Change, number: int, files: tuple[FileContent, ...]) -> CommitFix | None:
    """The commit for one finding; None where there is none to make or none may be made."""
    if why_not_here(change) or not files or one.test is None:
        return None
    if any(why_off_limits(file.path) for file in files):
        return None
    finding = one.finding
    lines = (
        f"The regression test {neutral.plain(one.test.path)} fails without this change and passes with it.",
        f"Severity: {finding.severity}",
        f"Place: {neutral.plain(finding.path)}:{finding.start_line}",
        f"\n{TRAILER}: {finding.id}",
    )
    return CommitFix(
        fingerprint=finding.id,
        branch=branch_name(number, finding.id, change.head_sha),
        base_sha=change.head_sha,
        subject=neutral.cut(f"Fix {neutral.plain(finding.cwe, 20)} in {neutral.plain(finding.path)}", 72),
        body="\n".join(lines),
        files=files,
    )
