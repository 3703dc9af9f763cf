"""What comes into a pod, how, and which settings open this sandbox."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from bot.errors import EnvironmentUnavailable, InputError, SettingsError
from bot.sandbox.bubblewrap import Bubblewrap
from bot.sandbox.choose import open_sandbox
from bot.sandbox.kubernetes.cluster import Cluster
from bot.sandbox.kubernetes.parcel import TooLargeError, packed
from bot.sandbox.kubernetes.provide import MOST_SENT, provide
from bot.settings import read_settings


def cluster(pool: Path | None = None, claim: str = "environments") -> Cluster:
    return Cluster("runs", "image", "gvisor", claim if pool else "", pool)


def sparse(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)


def test_paths_of_the_image_are_not_sent() -> None:
    """What lies below /usr is the image's own."""
    provision = provide((Path("/usr"), Path("/usr/lib"), Path("/bin")), cluster())

    assert (provision.claimed, provision.sent) == ((), ())


def test_environment_comes_from_the_claim(tmp_path: Path) -> None:
    """Only the environment asked for is mounted, wherever the pool is and however large."""
    sparse(tmp_path / "envs" / "k1" / "large", MOST_SENT + 1)

    provision = provide((tmp_path / "envs" / "k1",), cluster(tmp_path))

    assert provision.claimed == ((tmp_path / "envs" / "k1", "envs/k1"),)
    assert provision.sent == ()


def test_only_environments_come_from_the_claim(tmp_path: Path) -> None:
    """The pool's package cache is not for pods, nor are all environments at once."""
    for name in ("cache", "envs/k1"):
        sparse(tmp_path / name / "large", MOST_SENT + 1)
    link = tmp_path / "envs" / "k2"
    link.symlink_to(tmp_path / "cache")

    for path in (tmp_path / "cache", tmp_path / "envs", tmp_path, link):
        with pytest.raises(EnvironmentUnavailable, match="cannot be shown to a pod"):
            provide((path,), cluster(tmp_path))


def test_small_folders_are_sent(tmp_path: Path) -> None:
    """By the name they were asked for, from where that leads to."""
    (tmp_path / "real").mkdir()
    (tmp_path / "named").symlink_to("real")

    assert provide((tmp_path / "named",), cluster()).sent == ((tmp_path / "named", tmp_path / "real"),)


def test_what_cannot_be_provided_is_refused(tmp_path: Path) -> None:
    """Too much to send in all, or nothing there: an error that says what to do."""
    sparse(tmp_path / "a" / "large", MOST_SENT // 2 + 1)
    sparse(tmp_path / "b" / "large", MOST_SENT // 2 + 1)

    assert len(provide((tmp_path / "a",), cluster()).sent) == 1
    with pytest.raises(EnvironmentUnavailable, match="SUTURE_KUBERNETES_ENVIRONMENTS_CLAIM"):
        provide((tmp_path / "a", tmp_path / "b"), cluster())
    with pytest.raises(InputError, match="nothing"):
        provide((tmp_path / "nothing",), cluster())


def test_parcel_holds_the_tree_as_it_is(tmp_path: Path) -> None:
    """Content, modes and links go along; owners, history, pipes and what links lead to do not."""
    source, extra = tmp_path / "source", tmp_path / "one.py"
    (source / ".git").mkdir(parents=True)
    (source / ".git" / "config").write_text("secret")
    (source / "sub").mkdir()
    (source / "sub" / "tool").write_text("tool")
    (source / "sub" / "tool").chmod(0o755)
    (source / "secret").symlink_to("/etc/shadow")
    os.mkfifo(source / "pipe")
    os.link(source / "sub" / "tool", source / "twin")
    extra.write_text("extra")

    with packed(source, (extra,), 1000) as parcel, tarfile.open(fileobj=parcel.file) as archive:
        found = {one.name: one for one in archive}
        twin = archive.extractfile("src/twin")
        assert twin is not None
        assert twin.read() == b"tool"

    assert set(found) == {"src/.git", "src/secret", "src/sub", "src/sub/tool", "src/twin", "sent/0"}
    assert found["src/secret"].issym()
    assert found["src/sub/tool"].mode == 0o755
    assert found["src/twin"].isreg()
    assert {(one.uid, one.gid, one.uname) for one in found.values()} == {(0, 0, "")}


def test_parcel_has_a_size(tmp_path: Path) -> None:
    """A source that its copy has no room for is not sent."""
    sparse(tmp_path / "large", 2000)

    with pytest.raises(TooLargeError, match="1000 bytes"), packed(tmp_path, (), 1000):
        pass


def test_local_is_the_default_and_loads_no_client() -> None:
    """Without the setting a bot needs nothing of Kubernetes, not even installed."""
    program = (
        "import sys; sys.modules['lightkube'] = None\n"
        "from bot.sandbox.choose import open_sandbox; from bot.settings import read_settings\n"
        "print(open_sandbox(read_settings({})).name, any('kubernetes' in one for one in sys.modules))\n"
        "settings = {'SUTURE_SANDBOX': 'kubernetes', 'SUTURE_KUBERNETES_IMAGE': 'i'}\n"
        "try: open_sandbox(read_settings(settings))\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    first, second = done.stdout.splitlines()
    assert first == "bubblewrap False"
    assert second.startswith("SettingsError")
    assert "pip install 'suture[kubernetes]'" in second


def test_settings_choose() -> None:
    """Names that mean nothing and half a choice are refused with the setting's name."""
    kubernetes = {"SUTURE_SANDBOX": "kubernetes", "SUTURE_KUBERNETES_IMAGE": "i"}

    assert open_sandbox(read_settings({})).name == Bubblewrap.name
    assert open_sandbox(read_settings(kubernetes)).name == "kubernetes"
    for wrong, named in (
        ({"SUTURE_SANDBOX": "docker"}, "SUTURE_SANDBOX"),
        ({"SUTURE_SANDBOX": "kubernetes"}, "SUTURE_KUBERNETES_IMAGE"),
        (kubernetes | {"SUTURE_KUBERNETES_RUNTIME_CLASS": ""}, "SUTURE_KUBERNETES_RUNTIME_CLASS"),
    ):
        with pytest.raises(SettingsError, match=named):
            open_sandbox(read_settings(wrong))
