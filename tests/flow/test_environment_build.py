"""Environments are really built: from an index on loopback, and from the configured one where it answers."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import shutil
import socket
import sys
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.environments.build import build_environment
from bot.environments.index import configured_index
from bot.environments.installed import installed_pythons
from bot.errors import EnvironmentUnavailable, SandboxUnavailable
from bot.records import RunStatus, TestStatus
from bot.regression.languages import TestRequest
from bot.regression.languages.python import Python
from bot.sandbox.bubblewrap import Bubblewrap
from tests.unit.trees import plant

NAMES = ("UV_", "PIP_", "SSL_", "XDG_", "HOME", "PATH")
VARIABLES = {name: value for name, value in os.environ.items() if name.startswith(NAMES)}

pytestmark = pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap is not installed")


def wheel(name: str, version: str, files: dict[str, str], more: str = "") -> bytes:
    """A wheel as pip would take it."""
    info = f"{name}-{version}.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{more}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{path},sha256={digest},{len(text)}")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": "\n".join([*rows, f"{info}/RECORD,,"])}.items():
            archive.writestr(path, text)
    return packed.getvalue()


@dataclass
class Index:
    """A package index on loopback."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def page(self, path: str) -> bytes | None:
        self.asked.append(path)
        if path.startswith("/simple/"):
            name = path.split("/")[2]
            found = [one for one in self.files if one.startswith(f"{name}-")]
            return "".join(f'<a href="/files/{one}">{one}</a>' for one in found).encode() if found else None
        return self.files.get(path.rpartition("/")[2])


@pytest.fixture
def index() -> Iterator[Index]:
    held = Index()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer(held.files.get(self.path.rpartition("/")[2]), with_body=False)

        def do_GET(self) -> None:
            self.answer(held.page(self.path), with_body=True)

        def answer(self, page: bytes | None, *, with_body: bool) -> None:
            self.send_response(404 if page is None else 200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page or b"")))
            self.end_headers()
            if with_body:
                self.wfile.write(page or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        held.url = f"http://127.0.0.1:{server.server_address[1]}/simple"
        evil = "import os; open(os.path.join(os.environ.get('UV_CACHE_DIR', '/tmp'), 'ran'), 'w').close()\n"
        held.files = {
            "pytest-99.0-py3-none-any.whl": wheel("pytest", "99.0", {"pytest.py": "", "start.pth": evil}),
            "thing-1.0-py3-none-any.whl": wheel("thing", "1.0", {"thing/__init__.py": "answer = 42\n"}),
            "source-1.0.tar.gz": b"never unpacked",
        }
        yield held
        server.shutdown()
        thread.join()


def build(tree: Path, pool: Path, index: Index) -> Path:
    environment = build_environment(tree, pool, {"UV_DEFAULT_INDEX": index.url})
    return Path(environment.python).parent.parent


def test_an_environment_is_built_once_and_no_package_runs(tmp_path: Path, index: Index) -> None:
    """Packages are there and compiled; what they would run at start has not run; nothing is asked twice."""
    project = '[project]\nname = "my-shop"\nversion = "3.1"\ndependencies = ["thing"]\n'
    project += '[project.scripts]\nshop = "shop:main"\n[build-system]\nrequires = ["maturin"]\n'
    tree, pool = plant(tmp_path / "tree", {"pyproject.toml": project}), tmp_path / "pool"

    folder = build(tree, pool, index)

    site = next((folder / "lib").glob("python3.*/site-packages"))
    assert {one.name for one in site.iterdir()} >= {
        "thing",
        "pytest.py",
        "start.pth",
        "my_shop-3.1.dist-info",
    }
    assert list((site / "thing/__pycache__").iterdir())
    points = (site / "my_shop-3.1.dist-info/entry_points.txt").read_text()
    assert points == "[console_scripts]\nshop = shop:main\n"
    label = build_environment(tree, pool, {"UV_DEFAULT_INDEX": index.url}).label
    assert label.endswith("; not built: the repository's own compiled parts (maturin)")
    assert not (pool / "cache/ran").exists()
    asked = len(index.asked)
    assert build(tree, pool, index) == folder
    assert len(index.asked) == asked


def test_other_requirements_are_another_environment(tmp_path: Path, index: Index) -> None:
    """A change of source alone keeps the environment."""
    pool = tmp_path / "pool"
    first = build(plant(tmp_path / "a", {"requirements.txt": "thing"}), pool, index)

    assert build(plant(tmp_path / "b", {"requirements.txt": "thing", "app.py": "1"}), pool, index) == first
    assert build(plant(tmp_path / "c", {"requirements.txt": "thing==1.0"}), pool, index) != first


def test_a_configuration_adds_packages(tmp_path: Path, index: Index) -> None:
    """Beside the tree's own, in an environment of its own that says where they are from."""
    tree, pool = plant(tmp_path / "tree", {"app.py": ""}), tmp_path / "pool"
    variables = {"UV_DEFAULT_INDEX": index.url}

    plain = build_environment(tree, pool, variables)
    more = build_environment(tree, pool, variables, packages=("thing>=1",))

    assert plain.key != more.key
    assert "and the configuration" in more.label
    sites = [
        next(Path(one.python).parent.parent.glob("lib/python3.*/site-packages")) for one in (plain, more)
    ]
    assert [(one / "thing").is_dir() for one in sites] == [False, True]
    with pytest.raises(EnvironmentUnavailable, match="The configuration asks for"):
        build_environment(tree, pool, variables, packages=("thing @ https://elsewhere.example/a.whl",))


def test_two_builders_of_one_environment_build_it_once(tmp_path: Path, index: Index) -> None:
    """The second waits for the first and finds it ready."""
    tree, pool = plant(tmp_path / "tree", {"requirements.txt": "thing"}), tmp_path / "pool"

    with ThreadPoolExecutor(2) as workers:
        found = list(workers.map(lambda _: build(tree, pool, index), range(2)))

    assert found[0] == found[1]
    assert index.asked.count("/files/thing-1.0-py3-none-any.whl") <= 2  # its metadata by range, then the file


def test_what_a_killed_builder_left_is_built_anew(tmp_path: Path, index: Index) -> None:
    """A folder that was never finished is no environment."""
    tree, pool = plant(tmp_path / "tree", {"requirements.txt": "thing"}), tmp_path / "pool"
    folder = build(tree, pool, index)
    (folder / ".ready").unlink()
    shutil.rmtree(next((folder / "lib").glob("python3.*/site-packages")) / "thing")

    build(tree, pool, index)

    assert next((folder / "lib").glob("python3.*/site-packages/thing")).is_dir()


@pytest.mark.parametrize(
    ("requirement", "said"),
    [
        ("source", "no wheel for this Python, and nothing is built from source"),
        ("thing==2", "uv says: .*thing==2"),
        ("absent", "uv says: .*absent"),
    ],
)
def test_what_cannot_be_fetched_is_said_in_words(
    tmp_path: Path, index: Index, requirement: str, said: str
) -> None:
    """The sentence names the file, the reason and the way out."""
    tree = plant(tmp_path / "tree", {"requirements.txt": requirement})

    with pytest.raises(
        EnvironmentUnavailable, match=f"from requirements.txt cannot be fetched: .*{said}.*--python"
    ):
        build(tree, tmp_path / "pool", index)


def test_a_page_that_leads_elsewhere_is_not_followed(tmp_path: Path, index: Index) -> None:
    """The index may name any host; only configured ones are reached."""
    index.files["away-1.0-py3-none-any.whl"] = b""
    page = index.page
    away = b'<a href="http://127.0.0.2:9/away-1.0-py3-none-any.whl">away-1.0-py3-none-any.whl</a>'
    index.page = lambda path: away if path.startswith("/simple/away") else page(path)  # type: ignore[method-assign]  # the fake's own

    with pytest.raises(EnvironmentUnavailable, match=r"127\.0\.0\.2:9, which is no configured package index"):
        build(plant(tmp_path / "tree", {"requirements.txt": "away"}), tmp_path / "pool", index)


def test_a_lock_file_is_followed(tmp_path: Path, index: Index) -> None:
    """The locked version, from the configured index whatever host the lock names."""
    index.files["thing-2.0-py3-none-any.whl"] = wheel("thing", "2.0", {"thing/__init__.py": ""})
    other = 'source = { registry = "https://other.example/simple" }'
    lock = (
        'version = 1\nrequires-python = ">=3.8"\n\n[[package]]\nname = "shop"\nversion = "1"\n'
        'source = { virtual = "." }\ndependencies = [{ name = "thing" }]\n\n'
        f'[[package]]\nname = "thing"\nversion = "1.0"\n{other}\n'
        'wheels = [{ url = "https://other.example/thing-1.0-py3-none-any.whl" }]\n'
    )
    project = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.8"\ndependencies = ["thing"]\n'
    tree = plant(tmp_path / "tree", {"uv.lock": lock, "pyproject.toml": project})

    folder = build(tree, tmp_path / "pool", index)

    assert next((folder / "lib").glob("python3.*/site-packages/thing-1.0.dist-info")).is_dir()


def test_the_versions_of_a_poetry_lock_hold(tmp_path: Path, index: Index) -> None:
    """For what the project declares and for what that needs; what is only locked is not installed."""
    for version in ("2.0", "3.0"):
        index.files[f"thing-{version}-py3-none-any.whl"] = wheel("thing", version, {"thing/__init__.py": ""})
    index.files["needs-1.0-py3-none-any.whl"] = wheel("needs", "1.0", {}, "Requires-Dist: thing>=1\n")
    pairs = {"thing": "2.0", "needs": "1.0", "other": "5"}
    lock = "".join(f'[[package]]\nname = "{name}"\nversion = "{one}"\n' for name, one in pairs.items())
    project = '[tool.poetry.dependencies]\npython = "^3.8"\nneeds = "^1.0"\n'
    tree = plant(tmp_path / "tree", {"poetry.lock": lock, "pyproject.toml": project})

    folder = build(tree, tmp_path / "pool", index)

    site = next((folder / "lib").glob("python3.*/site-packages"))
    assert (site / "thing-2.0.dist-info").is_dir()
    assert (site / "needs-1.0.dist-info").is_dir()


def test_an_older_python_is_taken_where_only_it_has_a_wheel(tmp_path: Path, index: Index) -> None:
    """Old pins have wheels for old Pythons; the choice is remembered."""
    others = [one.python for one in installed_pythons("", VARIABLES)][1:]
    tags = [match[1] for one in others if (match := re.search(r"3\.(\d+)", str(Path(one).resolve())))]
    if not tags or int(tags[-1]) == sys.version_info.minor:
        pytest.skip("this machine has no second Python in 3.9 to 3.13")
    index.files[f"old-1.0-cp3{tags[-1]}-none-any.whl"] = wheel("old", "1.0", {"old.py": ""})
    tree = plant(tmp_path / "tree", {"requirements.txt": "old"})

    folder = build_environment(tree, tmp_path / "pool", {**VARIABLES, "UV_DEFAULT_INDEX": index.url}).python

    assert next((Path(folder).parent.parent / "lib").glob("python3.*")).name == f"python3.{tags[-1]}"
    asked = len(index.asked)
    again = build_environment(tree, tmp_path / "pool", {**VARIABLES, "UV_DEFAULT_INDEX": index.url})
    assert (again.python, len(index.asked)) == (folder, asked)


def test_a_python_that_is_not_installed_is_said(tmp_path: Path, index: Index) -> None:
    """Nothing is downloaded to satisfy a range."""
    tree = plant(tmp_path, {"pyproject.toml": '[project]\nname = "a"\nrequires-python = ">=3.99"\n'})

    with pytest.raises(
        EnvironmentUnavailable, match=r"asks for Python >=3\.8,>=3\.99, and this machine has only 3\."
    ):
        build(tree, tmp_path / "pool", index)


def test_the_python_that_the_project_chooses_comes_first() -> None:
    """Then the bot's own, where the project's classifiers do not name others; what is absent is passed."""
    all_of_them = [one.python for one in installed_pythons("", VARIABLES)]
    last = re.search(r"python(3\.\d+)|/(3\.\d+)\.\d+/", str(Path(all_of_them[-1]).resolve()))
    assert last is not None
    version = last[1] or last[2]

    assert next(installed_pythons("", VARIABLES, version)).python == all_of_them[-1]
    assert next(installed_pythons("", VARIABLES, "3.99")).python == all_of_them[0]
    assert next(installed_pythons("", VARIABLES, "", (version,))).python == all_of_them[-1]
    own = f"3.{sys.version_info.minor}"
    assert next(installed_pythons("", VARIABLES, "", (version, own))).python == all_of_them[0]


def test_a_project_that_others_ask_for_by_version_can_be_announced(tmp_path: Path, index: Index) -> None:
    """A package that the tests need may need the project itself, in a version that the tree does not say."""
    index.files["needs-1.0-py3-none-any.whl"] = wheel("needs", "1.0", {}, "Requires-Dist: thing>=1\n")
    files = {"setup.cfg": "[metadata]\nname = thing\n[options]\ninstall_requires = needs\n"}

    folder = build(plant(tmp_path / "tree", files), tmp_path / "pool", index)

    assert next((folder / "lib").glob("python3.*/site-packages/needs-1.0.dist-info")).is_dir()


def reachable() -> bool:
    """Does every host of the configured index answer?"""
    try:
        for pair in configured_index(VARIABLES).hosts:
            socket.create_connection(pair, 5).close()
    except OSError:
        return False
    return True


def test_a_small_project_runs_in_its_own_environment(tmp_path: Path) -> None:
    """From requirements.txt to a green test in the sandbox."""
    if not reachable():
        pytest.skip("the configured package index cannot be reached")
    sandbox = Bubblewrap()
    try:
        sandbox.check()
    except SandboxUnavailable as error:
        pytest.skip(f"no sandbox: {error}")
    files = {
        "requirements.txt": "itsdangerous\n",
        "app.py": "from itsdangerous import Signer\ndef sign(text):\n    return Signer('k').sign(text)\n",
        "tests/test_app.py": "import app\ndef test_signed():\n    assert app.sign('a').startswith(b'a.')\n",
    }
    tree = plant(tmp_path / "tree", files)
    request = TestRequest("head", tree, build_environment(tree, tmp_path / "pool", VARIABLES))
    command = Python().command(request)

    seen = Python().read(request, command, sandbox.run(command))

    assert seen.status is RunStatus.EXITED, seen.output
    assert [(one.id, one.status) for one in seen.outcomes] == [
        ("tests/test_app.py::test_signed", TestStatus.PASSED)
    ]
