"""Which files are never written."""

from __future__ import annotations

import pytest

from bot.diff.off_limits import why_off_limits


@pytest.mark.parametrize(
    "path",
    [
        ".github/workflows/ci.yml",
        ".GitHub/actions/x/action.yml",
        "sub/.circleci/config.yml",
        ".gitlab-ci.yml",
        ".gitlab-ci-more.yml",
        "ci/Jenkinsfile",
        "azure-pipelines.release.yaml",
        "uv.lock",
        "web/package-lock.json",
        "docs/CODEOWNERS",
    ],
)
def test_off_limits(path: str):
    """What runs with secrets, says who may what, or is written by a program."""
    assert why_off_limits(path)


@pytest.mark.parametrize("path", ["shop/app.py", "tests/test_ci.py", "github/x.py", "lock.py", "locks/uv.py"])
def test_within_limits(path: str):
    """Code and its tests."""
    assert why_off_limits(path) == ""
