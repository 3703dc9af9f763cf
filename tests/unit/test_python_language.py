"""What the Python language reads from a tree, without running anything of it."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from bot.records import Claim, Confidence, Finding, Severity
from bot.regression.languages._python.addopts import cleaned
from bot.regression.languages.python import Python
from tests.unit.trees import plant

PYTHON = Python()


def finding(path: str) -> Finding:
    claim = Claim("f", "x", "bad", "good")
    return Finding(
        id="f", path=path, start_line=1, end_line=1, cwe="CWE-89", severity=Severity.HIGH,
        confidence=Confidence.HIGH, title="t", explanation="e", impact="i", claim=claim, quote="q",
        reviewer="rules", rule="python/sql-injection",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("files", "roots"),
    [
        ({"tests/test_a.py": "", "src/p/__init__.py": ""}, ("tests",)),
        ({"src/p/__init__.py": "", "src/p/tests/unit/test_a.py": ""}, ("src/p/tests",)),
        ({"p/tests.py": "", "p/testing.py": ""}, ()),
        ({"test_a.py": ""}, (".",)),
        (
            {"pytest.ini": "[pytest]\ntestpaths = checks\n", "checks/test_a.py": "", "x/test_b.py": ""},
            ("checks",),
        ),
        ({"pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["t"]', "t/test_a.py": ""}, ("t",)),
        ({"setup.cfg": "[tool:pytest]\ntestpaths = ../out /etc\n", "tests/test_a.py": ""}, ("tests",)),
        ({"tox.ini": "[pytest]\npython_files = check_*.py\n", "tests/check_a.py": ""}, ("tests",)),
        ({"venv/pyvenv.cfg": "", "venv/lib/test_a.py": "", "node_modules/x/test_a.py": ""}, ()),
    ],
)
def test_roots_are_where_the_project_keeps_tests(
    tmp_path: Path, files: dict[str, str], roots: tuple[str, ...]
) -> None:
    """Configuration wins; a module called tests.py or testing.py is no root; nothing leaves the tree."""
    assert PYTHON.test_roots(plant(tmp_path, files)) == roots


def test_a_test_file_lies_below_a_root_and_is_named_as_one(tmp_path: Path) -> None:
    """`pkg/tests.py` and `testing.py` are product code, unless python_files says otherwise."""
    tree = plant(tmp_path, {"tests/test_a.py": "", "p/tests.py": ""})

    assert PYTHON.is_test_file("tests/deep/test_new.py", tree)
    assert PYTHON.is_test_file("tests/new_test.py", tree)
    assert not PYTHON.is_test_file("tests/helper.py", tree)
    assert not PYTHON.is_test_file("p/tests.py", tree)
    assert not PYTHON.is_test_file("p/test_utils.py", tree)
    plant(tree, {"pytest.ini": "[pytest]\npython_files = tests.py test_*.py\n"})
    assert PYTHON.is_test_file("p/tests.py", tree)


@pytest.mark.parametrize(
    "path",
    [
        "tests/test_a.py", "p/tests/data.py", "conftest.py", "p/conftest.py", "p/test_a.py",
        "p/a_test.py", "p/tests.py", ".github/workflows/ci.yml", ".gitlab-ci.yml",
        ".pre-commit-config.yaml", ".gitattributes", "hooks/pre-push", "pyproject.toml", "setup.py",
        "setup.cfg", "tox.ini", "noxfile.py", "pytest.ini", "requirements-dev.txt", "poetry.lock",
        "uv.lock", "MANIFEST.in", "Makefile", "Dockerfile", "src/sitecustomize.py", "a.pth",
        "usercustomize.py", "CODEOWNERS", "docs/CODEOWNERS", "Tests/x.py", "../x.py", "Setup.py", "",
    ],
)  # fmt: skip
def test_a_fix_keeps_its_hands_off(path: str) -> None:
    """Tests, hooks, packaging and tool configuration are protected, however the name is written."""
    assert PYTHON.is_protected(path)


@pytest.mark.parametrize("path", ["src/p/a.py", "p/testing.py", "p/hooks/run.py", "p/contest.py", "app.py"])
def test_a_fix_may_touch_source(path: str) -> None:
    """Product code is not protected because its name sounds like a test."""
    assert not PYTHON.is_protected(path)


@pytest.mark.parametrize(
    ("files", "path", "module"),
    [
        ({"src/shop/__init__.py": "", "src/shop/db.py": ""}, "src/shop/db.py", "shop.db"),
        ({"shop/__init__.py": "", "shop/sub/__init__.py": ""}, "shop/sub/__init__.py", "shop.sub"),
        ({"space/shop/db.py": ""}, "space/shop/db.py", "space.shop.db"),
        ({"tool.py": ""}, "tool.py", "tool"),
        ({"scripts/my-tool.py": ""}, "scripts/my-tool.py", ""),
        ({"back/manage.py": "", "back/app/__init__.py": "", "back/app/v.py": ""}, "back/app/v.py", "app.v"),
        ({"setup.cfg": "[options]\npackage_dir =\n  = lib\n", "lib/s/__init__.py": ""}, "lib/s/a.py", "s.a"),
    ],
)  # fmt: skip
def test_placement_names_the_module_as_a_test_imports_it(
    tmp_path: Path, files: dict[str, str], path: str, module: str
) -> None:
    """src layouts, packages, namespaces, nested projects and scripts; "" for what has no importable name."""
    placed = PYTHON.placement(finding(path), plant(tmp_path, files))

    assert placed.module == module
    assert placed.path.startswith("tests/test_")
    assert PYTHON.is_test_file(placed.path, tmp_path)


def test_a_new_test_is_named_as_the_runner_asks(tmp_path: Path) -> None:
    """A project with names of its own gets one of that kind."""
    tree = plant(
        tmp_path, {"setup.cfg": "[tool:pytest]\npython_files = tests_*.py\n", "tests/tests_a.py": ""}
    )

    place = PYTHON.placement(finding("p/cli.py"), tree)

    assert place.path == "tests/tests_cli_sql_injection.py"
    assert PYTHON.is_test_file(place.path, tree)
    assert PYTHON.test_name("test_x.py", tree) == "tests_x.py"


def test_placement_follows_the_configured_folders(tmp_path: Path) -> None:
    """Patterns in `testpaths` too: of several packages' tests those beside the file."""
    settings = '[tool.pytest.ini_options]\ntestpaths = ["packages/*/tests"]\npython_files = "check_*.py"\n'
    names = ("packages/a/tests/check_a.py", "packages/b/tests/check_b.py", "tests/check_other.py")
    tree = plant(tmp_path, {"pyproject.toml": settings, **dict.fromkeys(names, "")})

    place = PYTHON.placement(finding("packages/b/src/shop/db.py"), tree)

    assert place.path == "packages/b/tests/check_db_sql_injection.py"


def test_placement_never_takes_a_file_that_exists(tmp_path: Path) -> None:
    """The new file stands in the folder that mirrors the source, under a free name."""
    files = {"src/shop/db.py": "", "tests/shop/test_x.py": "", "tests/shop/test_db_sql_injection.py": ""}

    placed = PYTHON.placement(finding("src/shop/db.py"), plant(tmp_path, files))

    assert placed.path == "tests/shop/test_db_sql_injection_2.py"


def test_two_findings_of_one_kind_have_files_of_their_own(tmp_path: Path) -> None:
    """The second's has a number, and neither takes one that is there."""
    tree = plant(
        tmp_path, {"src/shop/db.py": "", "tests/test_x.py": "", "tests/test_db_sql_injection_2.py": ""}
    )
    found = [replace(finding("src/shop/db.py"), ordinal=number) for number in (0, 1)]

    names = [PYTHON.placement(one, tree).path.rpartition("/")[2] for one in found]

    assert names == ["test_db_sql_injection.py", "test_db_sql_injection_3.py"]


def test_affected_tests_follow_imports(tmp_path: Path) -> None:
    """Directly, through others, relatively, in functions, by conftest; unreadable files are skipped."""
    tree = plant(
        tmp_path,
        {
            "src/shop/__init__.py": "",
            "src/shop/db.py": "",
            "src/shop/api.py": "from .db import query",
            "src/shop/other.py": "",
            "tests/test_db.py": "def test():\n    from shop import db",
            "tests/test_api.py": "import shop.api as api",
            "tests/test_other.py": "import shop.other",
            "tests/broken/test_broken.py": "import shop.db\nthis is no python",
            "tests/deep/conftest.py": "from shop.api import x",
            "tests/deep/test_deep.py": "",
        },
    )

    assert PYTHON.affected_tests(("src/shop/db.py",), tree) == (
        "tests/deep/test_deep.py",
        "tests/test_api.py",
        "tests/test_db.py",
    )


@pytest.mark.parametrize(
    ("addopts", "kept"),
    [
        ("-ra --strict-markers", None),
        ("--cov=p --cov-report term -n auto -x --maxfail 1", ""),
        ("-xvs --tb=short -n4 --import-mode=importlib", "-vs --tb=short --import-mode=importlib"),
        ("-m 'not slow' tests --cov", "-m 'not slow'"),
        ("-p no:xdist -p plug --lf", "-p plug"),
    ],
)
def test_project_options_that_change_a_run_are_left_out(
    tmp_path: Path, addopts: str, kept: str | None
) -> None:
    """Coverage, parallel runs, stopping early and paths of the suite go; all else stays as it is."""
    tree = plant(tmp_path, {"pytest.ini": f"[pytest]\naddopts = {addopts}\n", "tests/test_a.py": ""})

    words, is_changed = cleaned(tree, selected=True)

    assert is_changed == (kept is not None)
    assert shlex.join(words) == (addopts if kept is None else kept)
