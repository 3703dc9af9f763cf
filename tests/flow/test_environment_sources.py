"""Packages that the index has as source alone: built in the sandbox, without network, and checked."""

from __future__ import annotations

import io
import shutil
import sys
import tarfile
from pathlib import Path

import pytest

from bot.environments.build import build_environment
from bot.errors import EnvironmentUnavailable, SandboxUnavailable
from bot.sandbox.bubblewrap import Bubblewrap
from tests.flow.test_environment_build import VARIABLES, Index, index  # noqa: F401  a fixture
from tests.unit.trees import plant

pytestmark = pytest.mark.skipif(not shutil.which("bwrap"), reason="bubblewrap is not installed")

# One is enough here: else each is asked for a wheel before anything is built
ONE_PYTHON = f"[options]\npython_requires = ==3.{sys.version_info.minor}.*\n"
# Its own backend, so that the build needs no other package
BACKEND = """
import os, socket, zipfile

def build_wheel(folder, config=None, metadata=None):
    try:
        socket.create_connection(("127.0.0.1", PORT), 5)
        seen = "network"
    except OSError:
        seen = "no network"
    if FAILS:
        raise RuntimeError("this package needs a compiler of its own")
    name = "NAME-VERSION-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as made:
        made.writestr("NAME.py", f"seen = {seen!r}\\n")
        made.writestr("NAME-VERSION.dist-info/METADATA", METADATA)
        made.writestr("NAME-VERSION.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        made.writestr("NAME-VERSION.dist-info/RECORD", "")
    return name
"""


def archive(name: str, version: str, port: int, *, needs: str = "", fails: bool = False) -> bytes:
    """A source archive."""
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}"
    backend = BACKEND.replace("NAME", name).replace("VERSION", version).replace("PORT", str(port))
    files = {
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "backend.py": backend.replace("FAILS", str(fails)).replace("METADATA)", f"{about!r})"),
        "PKG-INFO": about,
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as held:
        for path, text in files.items():
            entry = tarfile.TarInfo(f"{name}-{version}/{path}")
            entry.size = len(text)
            held.addfile(entry, io.BytesIO(text.encode()))
    return packed.getvalue()


@pytest.fixture(scope="module")
def sandbox() -> Bubblewrap:
    opened = Bubblewrap()
    try:
        opened.check()
    except SandboxUnavailable as error:
        pytest.skip(f"no sandbox: {error}")
    return opened


def offer(index: Index, *archives: tuple[str, str, str], fails: bool = False) -> None:  # noqa: F811  the fixture
    port = int(index.url.split(":")[2].split("/")[0])
    for name, version, needs in archives:
        index.files[f"{name}-{version}.tar.gz"] = archive(name, version, port, needs=needs, fails=fails)


def test_a_package_without_a_wheel_is_built_offline(
    tmp_path: Path,
    index: Index,  # noqa: F811  the fixture
    sandbox: Bubblewrap,
) -> None:
    """uv chooses the version; what the package itself needs, built or not, comes too; it is built once."""
    offer(index, ("source", "1.5", "Requires-Dist: deep\nRequires-Dist: thing\n"), ("source", "2.0", ""))
    offer(index, ("deep", "1.0", ""))
    variables, pool = {**VARIABLES, "UV_DEFAULT_INDEX": index.url}, tmp_path / "pool"
    tree = plant(tmp_path / "a", {"requirements.txt": "source<2", "setup.cfg": ONE_PYTHON})

    built = build_environment(tree, pool, variables, sandbox)

    site = next((Path(built.python).parent.parent / "lib").glob("python3.*/site-packages"))
    assert (site / "source-1.5.dist-info").is_dir()
    assert (site / "source.py").read_text() == "seen = 'no network'\n"
    assert (site / "deep.py").is_file()
    assert (site / "thing").is_dir()
    assert built.label.endswith("; built from source: source-1.5, deep-1.0")
    kept = {one: one.stat().st_mtime_ns for one in (pool / "built").glob("*/*.whl")}
    again = plant(tmp_path / "b", {"requirements.txt": "source<2\nthing", "setup.cfg": ONE_PYTHON})
    assert build_environment(again, pool, variables, sandbox).key != built.key
    assert {one: one.stat().st_mtime_ns for one in (pool / "built").glob("*/*.whl")} == kept


def test_a_build_that_fails_is_said_and_remembered(
    tmp_path: Path,
    index: Index,  # noqa: F811  the fixture
    sandbox: Bubblewrap,
) -> None:
    """With the last words of the build; it is not tried again with every push."""
    offer(index, ("source", "1.0", ""), fails=True)
    tree = plant(tmp_path / "tree", {"requirements.txt": "source", "setup.cfg": ONE_PYTHON})
    variables, pool = {**VARIABLES, "UV_DEFAULT_INDEX": index.url}, tmp_path / "pool"

    for _ in range(2):
        with pytest.raises(
            EnvironmentUnavailable,
            match=r"from requirements.txt cannot be built: .*needs a compiler of its own.*--python",
        ):
            build_environment(tree, pool, variables, sandbox)
    assert index.asked.count("/files/source-1.0.tar.gz") == 1
