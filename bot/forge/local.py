"""The local forge: a range of a git working copy. Publishing is the terminal's or a file's business."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from bot.diff.parse import hidden_files, parse_diff
from bot.diff.scope import sift
from bot.errors import InputError
from bot.forge.checkout import export_tree
from bot.records import Change, SharedConfig


@dataclass(frozen=True, slots=True)
class LocalForge:
    """The change from the merge base of `base` and `head` to `head`, in the repository around `path`."""

    path: Path
    base: str
    head: str

    def named(self) -> Change:
        return Change(base_sha="", head_sha=self.head, files=())

    def collect(self) -> Change:
        head, base = self._commit(self.head, "--head"), self._commit(self.base, "--base")
        merge_base = self._git("merge-base", base, head, failure=_unrelated(self.base, self.head)).strip()
        diff = self._git(*_DIFF, merge_base, head, failure="git could not compare the two commits.")
        scope = sift(parse_diff(diff), hidden_files(diff))
        return Change(merge_base, head, scope.files, scope.not_reviewed, base_tip=base)

    def checkout(self, change: Change) -> AbstractContextManager[Path]:
        return self._exported(change.head_sha)

    def touched(self, change: Change, since: str) -> None:
        """None: nothing is remembered of a local range."""

    def base_tree(self, change: Change) -> AbstractContextManager[Path | None]:
        return self._exported(change.base_tip) if change.base_tip else nullcontext()

    def is_draft(self) -> bool:
        return False

    def shared(self, change: Change) -> SharedConfig | None:
        """An organisation has no word on a command line."""
        return None

    def shared_tree(self, found: SharedConfig | None) -> AbstractContextManager[Path | None]:
        return nullcontext()

    @contextmanager
    def _exported(self, sha: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="suture-") as folder:
            Path(folder).chmod(0o755)  # the sandbox runs as another user
            tree = Path(folder, "tree")
            export_tree(self.path, sha, tree)
            yield tree

    def write(self, *arguments: str) -> str:
        """The id of the object that git writes."""
        return self._git(*arguments, failure="What is staged cannot be read.").strip()

    def commit_tree(self, tree: str, *parents: str) -> str:
        who = ("-c", "user.name=Suture", "-c", "user.email=suture@localhost")
        return self.write(*who, "commit-tree", tree, *parents, "-m", "Staged")

    def _commit(self, ref: str, option: str) -> str:
        failure = f"{option} {ref!r} is not a commit of {self.path}. Fetch it, or name another."
        return self._git(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}", failure=failure
        ).strip()

    def _git(self, *arguments: str, failure: str) -> str:
        if not self.path.is_dir():
            raise InputError(f"{self.path} is not a folder. Give the path of a git repository.")
        command = ["git", "-C", str(self.path), "-c", "core.quotePath=true", *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        text = done.stderr.decode(errors="replace").strip()
        if "not a git repository" in text:
            raise InputError(f"{self.path} is not a git repository. Give the path of one.")
        if done.returncode != 0:
            raise InputError(f"{failure} {text}".strip())
        return done.stdout.decode("utf-8", "replace")


# The same hunks as GitHub draws, whatever the user's git is set up to show
_DIFF = (
    "diff",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--unified=3",
    "--inter-hunk-context=0",
    "--find-renames",
    "--diff-algorithm=myers",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--submodule=short",
    "--end-of-options",
)


def _unrelated(base: str, head: str) -> str:
    return f"{base!r} and {head!r} have no common ancestor, so there is no range to review."


def staged_change(path: Path) -> LocalForge:
    """What is staged in the repository around `path`, against its last commit or, without one, nothing.

    The index is kept as a commit that no branch holds; nothing else of the repository changes. Raises
    InputError when it cannot be: amid a merge with conflicts.
    """
    asker = LocalForge(path, "", "")
    command = ["git", "-C", str(path), "rev-parse", "--verify", "--quiet", "HEAD"]
    last = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    base = last or asker.commit_tree(asker.write("mktree"))
    return LocalForge(path, base, asker.commit_tree(asker.write("write-tree"), "-p", base))


def default_base(path: Path) -> str:
    """The branch that a review of `path` is most likely meant against. Raises InputError without one."""
    for name in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
        command = ["git", "-C", str(path), "rev-parse", "--verify", "--quiet", name]
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return name
    raise InputError("There is no main branch to compare with. Name the base with --base REF.")
