"""Files that Suture never writes: what runs with a repository's secrets, and what a package manager keeps."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from bot.diff.scope import is_lockfile

_FOLDERS = frozenset({".github", ".circleci", ".buildkite", ".woodpecker", ".teamcity", ".gitlab", ".ci"})
_FILES = re.compile(
    r"\.gitlab-ci.*|\.travis\.yml|\.drone\.(yml|star|jsonnet)|\.cirrus\.(yml|star)|\.appveyor\.yml"
    r"|appveyor\.yml|azure-pipelines.*\.ya?ml|bitbucket-pipelines\.yml|buildspec\.ya?ml|cloudbuild\.ya?ml"
    r"|\.woodpecker\.ya?ml|jenkinsfile.*|\.gitattributes|\.gitmodules|codeowners",
    re.IGNORECASE,
)


def why_off_limits(path: str) -> str:
    """Why nothing is written there; empty when it may be."""
    folders = PurePosixPath(path).parts[:-1]
    name = PurePosixPath(path).name
    if any(one.lower() in _FOLDERS for one in folders) or _FILES.fullmatch(name):
        return "belongs to how the repository is built and guarded"
    if is_lockfile(path):
        return "is a lockfile"
    return ""
