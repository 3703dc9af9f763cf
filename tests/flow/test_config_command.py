"""`suture config check`, as CI runs it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.flow.test_review_command import SUTURE
from tests.unit.trees import plant

SOUND = "fail_from: high\n"


@pytest.mark.parametrize(
    ("files", "place", "code", "said"),
    [
        ({".github/suture.yml": SOUND}, ".", 0, "Nothing is wrong in .github/suture.yml."),
        ({".github/suture.yml": SOUND}, ".github/suture.yml", 0, "Nothing is wrong in .github/suture.yml."),
        (
            {".github/suture.yml": f"{SOUND}\nlocked: [rules]\n", ".github/suture/rules/a.yml": "rule: 1\n"},
            ".",
            1,
            ".github/suture.yml:3: `locked` is for an organisation's or the operator's file; `locked` is "
            "ignored.\n.github/suture/rules/a.yml:1: `rule` is not known here (did you mean `rules`?); "
            "`rule` is ignored.",
        ),
        ({"suture.yml": "locked: [rules]\n"}, "suture.yml", 0, "Nothing is wrong in suture.yml."),
        ({"a.yml": "locked: [rulez]\n"}, "a.yml", 1, "a.yml:1: `locked` is not right:"),
        ({"a.txt": ""}, ".", 2, "There is no .github/suture.yml in ."),
        ({}, "none.yml", 2, "There is no .github/suture.yml in none.yml"),
    ],
)
def test_what_is_wrong_is_listed_by_line(
    tmp_path: Path, files: dict[str, str], place: str, code: int, said: str
):
    """One line each, and an exit code that a build can stop at."""
    tmp_path.mkdir(exist_ok=True)
    plant(tmp_path, files)

    done = subprocess.run(
        [SUTURE, "config", "check", place],
        cwd=tmp_path,
        env={"PATH": os.defpath, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, said in done.stdout + done.stderr) == (code, True), (done.stdout, done.stderr)
