"""The commands that show a proof again on anybody's machine: by hand, and by `suture prove`."""

from __future__ import annotations

from pathlib import PurePosixPath

from bot.diff.parse import parse_diff
from bot.publish import neutral, texts
from bot.records import Examined, Patch, RegressionTest, Verdict

PATCH_FILE = "fix.diff"


def ways_to_repeat(one: Examined, head: str, branch: str) -> tuple[str, ...]:
    """By hand, where the fix is on this branch, and by `suture prove`; none for what is not proven."""
    if one.verdict is not Verdict.PROVEN or not (one.patch and one.test and one.proof.runs):
        return ()
    folders = one.proof.runs[0].python_path
    ways = (by_hand(head, branch, one.patch, one.test),) if branch else ()
    return (*ways, by_suture(head, branch, one.patch, one.test, folders))


def by_hand(head: str, branch: str, patch: Patch, test: RegressionTest) -> str:
    """How to see green and red without Suture, from the fix commit on this branch."""
    path, source = neutral.quoted(test.path), _sources(patch)
    run = f"python -m pytest {path}" if test.path.endswith(".py") else f"# run {path}"
    script = (
        f"git fetch origin {neutral.quoted(branch)} && git checkout --detach FETCH_HEAD\n"
        f"{run}    # green\n"
        f"git checkout {head[:12]} -- {source} && {run}    # red\n"
        f"git checkout FETCH_HEAD -- {source}"
    )
    return f"{texts.BY_HAND}\n\n{neutral.fenced(script, 'sh')}"


def by_suture(head: str, branch: str, patch: Patch, test: RegressionTest, folders: tuple[str, ...]) -> str:
    """How to put head, patch and test to all the gates again; what they are is taken from the fix commit.

    Without a branch, the reader saves patch and test as the files that the sentence names. `folders` are
    those of the repository that the runs imported from.
    """
    name = PurePosixPath(test.path).name
    lines = [f"git fetch origin {neutral.quoted(branch or head)}"]
    if branch:
        lines += [
            f"git diff --no-ext-diff --no-color {head[:12]} FETCH_HEAD -- {_sources(patch)} > {PATCH_FILE}",
            f"git show FETCH_HEAD:{neutral.quoted(test.path)} > {neutral.quoted(name)}",
        ]
    more = [f"--pythonpath {neutral.quoted(folder)}" for folder in folders]
    if declared := test.declared:
        more.append(f"--declare {neutral.quoted(f'{declared.kind}:{declared.value}')}")
    where = neutral.quoted(f"{name}:{test.path}")
    lines.append(" ".join([f"suture prove --head {head[:12]} --patch {PATCH_FILE} --test {where}", *more]))
    lead = texts.BY_SUTURE if branch else texts.by_suture_with(PATCH_FILE, neutral.code(name))
    return f"{lead}\n\n{neutral.fenced(chr(10).join(lines), 'sh')}"


def _sources(patch: Patch) -> str:
    return " ".join(neutral.quoted(file.path) for file in parse_diff(patch.diff))
