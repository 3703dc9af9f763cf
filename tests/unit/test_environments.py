"""Environments: interpreters that a person named, dependency files as data, and the way to the index."""

from __future__ import annotations

import socket
import sys
import threading
import venv
from pathlib import Path

import pytest

from bot.environments.detect import detect
from bot.environments.index import PYPI, PackageIndex, configured_index
from bot.environments.interpreter import active_environment, interpreter_environment
from bot.environments.proxy import proxy_at
from bot.errors import EnvironmentUnavailable, SettingsError
from tests.unit.trees import plant

# ------------------------------------------------------------------ interpreters


def test_a_virtual_environment_is_shown_with_its_base(tmp_path: Path) -> None:
    """The folder, its bin/python and its name are the same environment; the sandbox gets it and its base."""
    venv.create(tmp_path / "v", symlinks=True)

    found = interpreter_environment(tmp_path / "v")

    assert found == interpreter_environment(tmp_path / "v/bin/python")
    assert found.python == str(tmp_path / "v/bin/python")
    assert tmp_path / "v" in found.read_only
    base = Path(sys.base_prefix)
    assert base.is_relative_to("/usr") or base in found.read_only


def test_an_environment_is_known_by_what_is_installed(tmp_path: Path) -> None:
    """Another package, another key: a cached baseline of the old one must not be used."""
    venv.create(tmp_path / "v", symlinks=True)
    before = interpreter_environment(tmp_path / "v").key
    site = next((tmp_path / "v/lib").glob("python3.*/site-packages"))
    plant(site, {"thing-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n"})

    assert interpreter_environment(tmp_path / "v").key != before


def test_editable_installs_are_shown_unless_hidden(tmp_path: Path) -> None:
    """A sibling project is needed; the repository under review must be seen as the tree under test alone."""
    venv.create(tmp_path / "v", symlinks=True)
    site = next((tmp_path / "v/lib").glob("python3.*/site-packages"))
    for name in ("own/src", "sibling"):
        (tmp_path / name).mkdir(parents=True)
    plant(site, {"e.pth": f"{tmp_path / 'own/src'}\n{tmp_path / 'sibling'}\n"})

    found = interpreter_environment(tmp_path / "v", hidden=(tmp_path / "own",))

    assert tmp_path / "sibling" in found.read_only
    assert tmp_path / "own/src" not in found.read_only


def test_what_is_no_interpreter_is_said(tmp_path: Path) -> None:
    """The message names the program and the way out."""
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho broken >&2; exit 3\n")
    broken.chmod(0o755)

    with pytest.raises(EnvironmentUnavailable, match=r"does not run \(broken\).*--python"):
        interpreter_environment(broken)
    with pytest.raises(EnvironmentUnavailable, match=r"no interpreter .*--python"):
        interpreter_environment(tmp_path / "nothing")


def test_an_interpreter_that_is_too_old_is_said(tmp_path: Path) -> None:
    """Python before 3.8 cannot run the recorder."""
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\necho '{\"version\": [3, 6, 1]}'\n")
    old.chmod(0o755)

    with pytest.raises(EnvironmentUnavailable, match=r"Python 3\.6\.1; name one of at least 3\.8"):
        interpreter_environment(old)


def test_the_active_environment_is_its_interpreter(tmp_path: Path) -> None:
    """None where VIRTUAL_ENV is unset or leads nowhere."""
    venv.create(tmp_path / "v", symlinks=True)

    assert active_environment(str(tmp_path / "v")) == str(tmp_path / "v/bin/python")
    assert active_environment(str(tmp_path / "gone")) is None
    assert active_environment(None) is None


# ------------------------------------------------------------------ dependency files

PROJECT = """
[project]
name = "shop"
version = "1.2"
requires-python = ">=3.9"
dependencies = ["idna>=3"]
[project.optional-dependencies]
test = ["iniconfig", "shop[extra]"]
extra = ["nothing"]
[dependency-groups]
dev = ["pluggy", {include-group = "x"}]
docs = ["sphinx"]
"""
POETRY = """
[tool.poetry]
name = "shop"
version = "1.2"
[tool.poetry.dependencies]
python = "^3.9"
idna = "^3.4"
old = {version = "~1.2", markers = "sys_platform == 'win32'", python = "<3.9"}
both = [{version = "1.0", python = "<3.11"}, {version = ">=2", python = ">=3.11"}]
nice = {version = "*", optional = true}
[tool.poetry.extras]
tests = ["nice"]
[tool.poetry.group.test.dependencies]
iniconfig = "^0.0.3"
[tool.poetry.dev-dependencies]
ruff = "*"
[tool.poetry.plugins."shop.plugins"]
one = "shop.one:One"
"""
POETRY_LOCK = """
[[package]]
name = "idna"
version = "3.4"
[[package]]
name = "both"
version = "1.0"
[[package]]
name = "both"
version = "2.0"
[[package]]
name = "iniconfig"
version = "0.0.4"
markers = 'python_version >= "3.9"'
[package.source]
type = "legacy"
url = "https://other.example/simple"
[[package]]
name = "own"
version = "1"
[package.source]
type = "git"
"""
PDM = """
[project]
name = "shop"
dependencies = ["idna"]
[project.scripts]
shop = "shop.main:run"
[tool.pdm.dev-dependencies]
test = ["iniconfig"]
"""
PDM_LOCK = """
[[package]]
name = "idna"
version = "3.4"
marker = "python_version > '3'"
groups = ["default"]
[[package]]
name = "own"
version = "1"
git = "https://example.com/own"
"""
GROUPS = """
[dependency-groups]
test = ["a", {include-group = "more"}, {include-group = "test"}]
more = ["b"]
"""
CONFIG = """
[metadata]
name = shop
version = attr: shop.version
[options]
python_requires = >=3.9
install_requires = idna
[options.extras_require]
test = iniconfig
docs = sphinx
[options.entry_points]
console_scripts =
  shop = shop.main:run
"""
SETUP = "from setuptools import setup\nneed = ['idna']\n"
SETUP += "setup(install_requires=need, extras_require={'test': ['a']})\n"


@pytest.mark.parametrize(
    ("files", "source", "requirements"),
    [
        ({}, "no dependency file", ()),
        ({"requirements.txt": "idna==3.4 # why\n\n"}, "requirements.txt", ("idna==3.4",)),
        ({"pyproject.toml": PROJECT}, "pyproject.toml", ("idna>=3", "iniconfig", "nothing")),
        (
            {
                "pyproject.toml": PROJECT,
                "requirements-dev.txt": "-e .[extra]\nx[y] >= 2, < 3 ; python_version > '3'",
            },
            "requirements-dev.txt, pyproject.toml",
            ("x[y] >= 2, < 3 ; python_version > '3'", "idna>=3", "iniconfig", "nothing"),
        ),
        (
            {
                "requirements/base.txt": "idna",
                "requirements/test.txt": "-r base.txt\n-c pins.txt\na \\\n  ==1",
                "requirements/pins.txt": "b==1",
            },
            "requirements/base.txt, requirements/test.txt",
            ("idna", "a    ==1"),
        ),
        ({"setup.py": SETUP}, "setup.py", ("idna", "a")),
        ({"setup.cfg": "[options]\ninstall_requires =\n  idna\n  six\n"}, "setup.cfg", ("idna", "six")),
        ({"tox.ini": "[testenv]\ndeps =\n a\n dev: b\n -rx.txt\n {c}\n git+http://x/\n"}, "tox.ini", ("a",)),
        (
            {"tox.ini": "[c]\ndeps = x\n[testenv]\ndeps =\n {[c]deps}\n -r r.txt\n", "r.txt": "y"},
            "tox.ini",
            ("x", "y"),
        ),
        ({"requirements/dev.txt": "ruff", "requirements/test.txt": "a"}, "requirements/test.txt", ("a",)),
        ({"pylock.toml": '[[packages]]\nname = "a"\nversion = "1"\n'}, "pylock.toml", ("a==1",)),
        ({"pyproject.toml": GROUPS}, "pyproject.toml", ("a", "b")),
        ({"setup.cfg": CONFIG}, "setup.cfg", ("idna", "iniconfig")),
        (
            {"pyproject.toml": POETRY},
            "pyproject.toml",
            (
                "idna>=3.4,<4",
                "old>=1.2,<1.3 ; (sys_platform == 'win32') and (python_full_version < '3.9')",
                "both==1.0 ; (python_full_version < '3.11')",
                "both>=2 ; (python_full_version >= '3.11')",
                "iniconfig>=0.0.3,<0.0.4",
                "nice",
            ),
        ),
        (
            {"pdm.lock": PDM_LOCK, "pyproject.toml": PDM, "requirements.txt": "other"},
            "pdm.lock, pyproject.toml",
            ("idna", "iniconfig"),
        ),
        ({"setup.py": "print(open('/etc/passwd'))\nthis is no python"}, "no dependency file", ()),
    ],
)  # fmt: skip
def test_requirements_are_read_without_running_anything(
    tmp_path: Path, files: dict[str, str], source: str, requirements: tuple[str, ...]
) -> None:
    """The most exact source counts, with what the tests need on top."""
    plan = detect(plant(tmp_path, files))

    assert plan.source == source
    assert plan.requirements == requirements


def test_a_lock_file_comes_first(tmp_path: Path) -> None:
    """uv.lock is more exact than anything else; the project is known by its name and version."""
    plan = detect(
        plant(tmp_path, {"uv.lock": "version = 1", "pyproject.toml": PROJECT, "requirements.txt": "a"})
    )

    assert (plan.source, plan.requirements, plan.extras) == ("uv.lock", (), ("test",))
    assert plan.itself == ("shop", "1.2")
    assert plan.requires_python == ">=3.9"


@pytest.mark.parametrize(
    ("files", "constraints"),
    [
        (
            {"poetry.lock": POETRY_LOCK, "pyproject.toml": POETRY},
            ("idna==3.4", 'iniconfig==0.0.4 ; python_version >= "3.9"'),
        ),
        ({"pdm.lock": PDM_LOCK, "pyproject.toml": PDM}, ("idna==3.4 ; python_version > '3'",)),
    ],
)
def test_locked_versions_are_constraints(
    tmp_path: Path, files: dict[str, str], constraints: tuple[str, ...]
) -> None:
    """Each package that the lock pins for all cases, and none that comes from a repository."""
    assert detect(plant(tmp_path, files)).constraints == constraints


@pytest.mark.parametrize(
    ("files", "compiled"),
    [
        ({"pyproject.toml": '[build-system]\nrequires = ["setuptools", "Cython>=3"]\n'}, "cython"),
        ({"pyproject.toml": '[build-system]\nrequires = ["hatchling"]\n'}, ""),
        ({"setup.py": "setup(ext_modules=[Extension('a', ['a.c'])])"}, "ext_modules"),
    ],
)
def test_compiled_parts_are_noticed(tmp_path: Path, files: dict[str, str], compiled: str) -> None:
    """They are not built, and the environment's label has to say so."""
    assert detect(plant(tmp_path, files)).compiled == compiled


def test_classifiers_say_which_pythons_a_project_was_tested_with(tmp_path: Path) -> None:
    """Those of Python 3, the newest first, wherever they stand."""
    lines = [
        f"Programming Language :: Python :: {one}" for one in ("2.7", "3", "3.9", "3.10", "Implementation")
    ]

    setup = plant(tmp_path / "a", {"setup.py": f"setup(classifiers={lines})"})
    config = plant(tmp_path / "b", {"setup.cfg": "[metadata]\nclassifiers =\n  " + "\n  ".join(lines)})

    assert detect(setup).tested == detect(config).tested == ("3.10", "3.9")


@pytest.mark.parametrize(
    ("files", "python", "chosen"),
    [
        ({"pyproject.toml": POETRY, ".python-version": "3.12.1\n3.11\n"}, ">=3.9,<4", "3.12"),
        ({"setup.cfg": CONFIG, ".python-version": "pypy3.9"}, ">=3.9", ""),
        ({"setup.py": "setup(name='a', python_requires='>=3.9, !=3.10.*')"}, ">=3.9, !=3.10.*", ""),
        ({".python-version": "/tmp/evil"}, "", ""),
    ],
)
def test_the_python_is_read_where_the_project_says_it(
    tmp_path: Path, files: dict[str, str], python: str, chosen: str
) -> None:
    """The range from the packaging file, the choice from .python-version."""
    plan = detect(plant(tmp_path, files))

    assert (plan.requires_python, plan.python) == (python, chosen)


@pytest.mark.parametrize(
    ("files", "itself", "points"),
    [
        ({"pyproject.toml": POETRY}, ("shop", "1.2"), (("shop.plugins", "one", "shop.one:One"),)),
        ({"pyproject.toml": PDM}, ("shop", "0"), (("console_scripts", "shop", "shop.main:run"),)),
        ({"setup.cfg": CONFIG}, ("shop", "0"), (("console_scripts", "shop", "shop.main:run"),)),
        (
            {"pyproject.toml": '[project]\nname = "a"\nscripts = {"x]\\n[y" = "a:b", c = "d\\ne"}'},
            ("a", "0"),
            (),
        ),
    ],
)
def test_the_project_is_known_by_what_its_packaging_says(
    tmp_path: Path, files: dict[str, str], itself: tuple[str, str], points: tuple[tuple[str, str, str], ...]
) -> None:
    """Its name, version and entry points, as data; what would break out of a line is left out."""
    plan = detect(plant(tmp_path, files))

    assert (plan.itself, plan.entry_points) == (itself, points)


@pytest.mark.parametrize("given", ['{git = "https://example.com/x"}', '{path = "../x"}', '"1; x @ y"'])
def test_poetry_may_name_no_other_place(tmp_path: Path, given: str) -> None:
    """The same rule as for requirement files."""
    with pytest.raises(EnvironmentUnavailable, match="no URLs"):
        detect(plant(tmp_path, {"pyproject.toml": f"[tool.poetry.dependencies]\nx = {given}\n"}))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--extra-index-url http://169.254.169.254/", "names a package index"),
        ("-i https://evil.example/simple", "names a package index"),
        ("--find-links /etc", "names a package index"),
        ("x @ https://example.com/x.whl", "no URLs"),
        ("https://example.com/x.whl", "no URLs"),
        ("git+https://example.com/x", "no URLs"),
        ("-e ../other", "no URLs"),
        ("./vendored", "no URLs"),
        ("x==1 --global-option=evil", "no URLs"),
        ("x==${SECRET}", "no URLs"),
        ("-r ../../etc/passwd", "outside the repository"),
        ("-r missing.txt", "cannot be read"),
        ("-r requirements.txt", "in a circle"),
    ],
)
def test_only_names_and_versions_are_fetched(tmp_path: Path, line: str, said: str) -> None:
    """A hostile line is refused in words before any program sees it."""
    with pytest.raises(EnvironmentUnavailable, match=said):
        detect(plant(tmp_path, {"requirements.txt": f"idna\n{line}\n"}))


def test_a_link_to_a_file_outside_is_not_read(tmp_path: Path) -> None:
    """A requirement file that is a symbolic link counts as none."""
    secret = tmp_path / "secret"
    secret.write_text("idna")
    tree = plant(tmp_path / "tree", {})
    (tree / "requirements.txt").symlink_to(secret)

    assert detect(tree).requirements == ()


@pytest.mark.parametrize("text", ["/tmp/evil/python", ">=3.9 /tmp/x", "--help", ">=3.9;x", "cpython@/tmp"])
def test_a_python_range_that_is_none_is_not_passed_on(tmp_path: Path, text: str) -> None:
    """It becomes an argument of a program that would also take a path and run it."""
    tree = plant(tmp_path, {"pyproject.toml": f'[project]\nname = "a"\nrequires-python = "{text}"\n'})

    assert detect(tree).requires_python == ""


# ------------------------------------------------------------------ the index and the proxy


def test_nothing_configured_is_the_public_index(tmp_path: Path) -> None:
    """Only its two hosts, and none of them may lie in an inner network."""
    found = PackageIndex(PYPI)

    assert found.hosts == {("pypi.org", 443), ("files.pythonhosted.org", 443)}
    assert found.named == frozenset()


def test_uv_comes_before_pip(tmp_path: Path) -> None:
    """Variables before files, uv's before pip's; hosts only of what counts."""
    files = {
        ".config/uv/uv.toml": 'extra-index-url = ["https://extra.example:8443/simple"]\n',
        ".config/pip/pip.conf": "[global]\nindex-url = https://pip.example/simple\n",
    }
    home = {"HOME": str(plant(tmp_path, files))}

    assert configured_index(home).hosts == {("extra.example", 8443), ("pip.example", 443)}
    named = configured_index({**home, "UV_DEFAULT_INDEX": "https://user:pass@uv.example/simple/"})
    assert named.hosts == {("extra.example", 8443), ("uv.example", 443)}
    assert "pass" not in repr(named)


def test_an_unreadable_index_configuration_is_said(tmp_path: Path) -> None:
    """Never the public index in place of one that was meant."""
    home = plant(tmp_path, {".config/uv/uv.toml": "not toml ["})

    with pytest.raises(SettingsError, match=r"uv\.toml cannot be read"):
        configured_index({"HOME": str(home)})


def ask(path: Path, request: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(str(path))
        client.sendall(request)
        answer = b""
        while more := client.recv(4096):
            answer += more
    return answer


@pytest.mark.parametrize(
    "request_line",
    [
        "CONNECT 169.254.169.254:80 HTTP/1.1",
        "CONNECT example.com:443 HTTP/1.1",
        "CONNECT index.example:22 HTTP/1.1",
        "GET http://169.254.169.254/latest HTTP/1.1",
        "GET https://index.example/ HTTP/1.1",
        "CONNECT index.example:x HTTP/1.1",
        "CONNECT [::1]:443 HTTP/1.1",
        "GET / HTTP/1.1",
        "nonsense",
    ],
)
def test_the_proxy_refuses_all_but_the_index(tmp_path: Path, request_line: str) -> None:
    """Other hosts, other ports and other kinds of request end with 403, and are remembered."""
    with proxy_at(tmp_path / "p", PackageIndex("https://index.example/simple")) as proxy:
        answer = ask(tmp_path / "p", f"{request_line}\r\n\r\n".encode())

    assert answer.startswith(b"HTTP/1.1 403 ")
    assert len(proxy.refused) == 1


def test_a_connection_without_a_request_is_no_refusal(tmp_path: Path) -> None:
    """uv opens connections in advance; one that asks for nothing is not held against a package."""
    index = PackageIndex("https://index.example/simple")
    with proxy_at(tmp_path / "p", index) as proxy, socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / "p"))
        client.shutdown(socket.SHUT_WR)
        answer = client.recv(100)

    assert answer == b""
    assert proxy.refused == ()


def test_an_index_on_loopback_is_reached_when_the_operator_named_it(tmp_path: Path) -> None:
    """Plain http is passed on as its server wants it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                head = connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + head.split(b"\r\n")[0])

        thread = threading.Thread(target=answer)
        thread.start()
        with proxy_at(tmp_path / "p", PackageIndex(f"http://localhost:{port}/simple")):
            request = f"GET http://localhost:{port}/simple/a/?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
            answered = ask(tmp_path / "p", request.encode())
        thread.join()

    assert answered.endswith(b"GET /simple/a/?x=1 HTTP/1.1")
