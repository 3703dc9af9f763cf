"""The sandbox against a stand-in of the API server whose pods really run, as bubblewrap sandboxes."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.environments import Environment
from bot.errors import EnvironmentUnavailable, SandboxUnavailable
from bot.records import RunStatus
from bot.regression.languages import TestRequest
from bot.regression.languages.python import Python
from bot.sandbox import MIB, Command, Execution, Limits
from bot.sandbox.kubernetes.executor import Kubernetes
from bot.sandbox.kubernetes.provide import MOST_SENT
from tests.fakes.kubernetes_api import FakeCluster, serving
from tests.fakes.kubernetes_node import Node
from tests.fakes.kubernetes_runs import choices, kubernetes
from tests.sandbox.conftest import SYSTEM_PYTHON

SMALL = Limits(wall=30, cpu=20, memory=128 * MIB, work=8 * MIB, flood=MIB, kept_output=2048, result=1000)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeCluster, Kubernetes]]:
    """A server, and a sandbox that has passed its probes there."""
    pool = tmp_path_factory.mktemp("pool")
    node = Node(claims={"environments": pool})
    with serving(FakeCluster(tmp_path_factory.mktemp("cluster"), node)) as server:
        sandbox = kubernetes(server, choices(pool))
        sandbox.check()
        yield server, sandbox


@pytest.fixture
def server(checked: tuple[FakeCluster, Kubernetes]) -> Iterator[FakeCluster]:
    """The server, well-behaved at first; whatever a test does, no Job and no unknown request is left."""
    server = checked[0]
    claims, default = server.node.claims, FakeCluster(server.folder)
    yield server
    server.node = Node(claims)
    server.refuse, server.arrives, server.hang_up = default.refuse, default.arrives, default.hang_up
    assert (server.jobs, server.pods, server.unknown) == ({}, {}, [])


@pytest.fixture
def sandbox(checked: tuple[FakeCluster, Kubernetes], server: FakeCluster) -> Kubernetes:
    return checked[1]


def sh(sandbox: Kubernetes, source: Path, script: str, limits: Limits = SMALL) -> Execution:
    return sandbox.run(Command(("/bin/sh", "-c", script), source, limits=limits))


def test_run_comes_back_whole(sandbox: Kubernetes, server: FakeCluster, source: Path) -> None:
    """Exit code, outputs, result and written paths are those of the command; the host is intact."""
    (source / ".git").mkdir()
    (source / ".git" / "config").write_text("secret")
    script = (
        "ls .git; ./tool; echo no >&2; echo result > /out/result; echo x > changed; rm removed; echo y > new;"
        " test -x tool && exit 3"
    )

    seen = sh(sandbox, source, script)

    assert (seen.status, seen.exit_code, seen.detail) == (RunStatus.EXITED, 3, "")
    assert (seen.stdout, seen.stderr, seen.result) == (b"tool ran\n", b"no\n", b"result\n")
    assert seen.written == ("changed", "new", "removed")
    assert (source / "removed").read_text() == "removed"
    assert server.deleted[-1][1] == {"gracePeriodSeconds": "0", "propagationPolicy": "Background"}


def test_sent_paths_and_variables(sandbox: Kubernetes, source: Path, tmp_path: Path) -> None:
    """A small path of the host is at its own place, read-only; the variables are the command's alone."""
    extra = tmp_path / "extra"
    (extra / "sub").mkdir(parents=True)
    (extra / "sub" / "file").write_text("extra")
    script = f"cat {extra}/sub/file; touch {extra}/new; touch /new; echo $(env | sort | cut -d= -f1)"

    command = Command(
        ("/bin/sh", "-c", script), source, (extra,), {"OWN": "$(KUBERNETES_PORT)"}, limits=SMALL
    )
    seen = sandbox.run(command)

    assert seen.stdout == b"extraHOME LANG OWN PATH PWD TMPDIR\n"
    assert seen.stderr.count(b"Read-only file system") == 2
    assert seen.written == ()


def test_too_large_a_path_is_refused(sandbox: Kubernetes, source: Path, tmp_path: Path) -> None:
    """A path that no pod can be given is a typed error before anything is created."""
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MOST_SENT + 1)

    with pytest.raises(EnvironmentUnavailable, match="cannot be shown to a pod"):
        sandbox.run(Command(("true",), source, (tmp_path,)))


def test_python_tests_run_with_an_environment_of_the_claim(
    sandbox: Kubernetes, server: FakeCluster, tmp_path: Path
) -> None:
    """A project's tests run with pytest from the claim, and their outcomes come back."""
    folder = server.node.claims["environments"] / "envs" / "k1"
    subprocess.run([SYSTEM_PYTHON, "-m", "venv", "--without-pip", folder], check=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    ours = Path(pytest.__file__).parent.parent
    for name in ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments"):
        shutil.copytree(ours / name, packages / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ours / "py.py", packages)
    for described in ours.glob("pluggy-*.dist-info"):
        shutil.copytree(described, packages / described.name)
    tree = tmp_path / "tree"
    (tree / "tests").mkdir(parents=True)
    (tree / "shop.py").write_text("def price(n):\n    return n * 2\n")
    (tree / "tests" / "test_shop.py").write_text(
        "import shop\n\ndef test_good():\n    assert shop.price(2) == 4\n\n"
        "def test_bad():\n    assert shop.price(2) == 5\n"
    )
    environment = Environment("k1", str(folder / "bin" / "python"), (folder,), "built for this test")
    request = TestRequest("head", tree, environment)
    python = Python()
    command = python.command(request)

    run = python.read(request, command, sandbox.run(command))

    assert (run.status, run.exit_code) == (RunStatus.EXITED, 1), run.output
    assert {one.id: str(one.status) for one in run.outcomes} == {
        "tests/test_shop.py::test_good": "passed",
        "tests/test_shop.py::test_bad": "failed",
    }


def test_results_that_lead_elsewhere(sandbox: Kubernetes, source: Path) -> None:
    """A link or a pipe in place of the result or the output gives nothing; too much is cut off."""
    linked = sh(
        sandbox, source, "ln -s /tree/kept /out/result; rm /streams/out; ln -s /src/kept /streams/out"
    )
    piped = sh(sandbox, source, "mkfifo /out/result; rm /streams/err; mkfifo /streams/err")
    large = sh(sandbox, source, "head -c 5000 /dev/zero > /out/result")

    assert (linked.status, linked.result, linked.stdout) == (RunStatus.EXITED, None, b"")
    assert (piped.status, piped.result, piped.stderr) == (RunStatus.EXITED, None, b"")
    assert large.result == b"\0" * 1000


def test_output_is_kept_to_a_size(sandbox: Kubernetes, source: Path) -> None:
    """Of long output the beginning and the end are kept; a flood is no result at all."""
    long = sh(sandbox, source, "echo first; head -c 100000 /dev/zero; echo last")
    flood = sh(sandbox, source, "head -c 2000000 /dev/zero; exit 0")

    assert long.status is RunStatus.EXITED
    assert long.stdout.startswith(b"first\n")
    assert long.stdout.endswith(b"last\n")
    assert b"bytes dropped" in long.stdout
    assert len(long.stdout) < 2200
    assert (flood.status, flood.exit_code) == (RunStatus.OUTPUT_LIMIT, None)


def test_nothing_runs_on_behind_the_report(sandbox: Kubernetes, source: Path) -> None:
    """What the payload left running ends with it, and can neither be waited for nor change the result."""
    script = (
        "(trap '' TERM HUP; sleep 2; echo late > /out/result; echo late > late) & echo early > /out/result"
    )

    seen = sh(sandbox, source, script)

    assert (seen.status, seen.result, seen.written) == (RunStatus.EXITED, b"early\n", ())


def test_payload_cannot_end_its_shell(sandbox: Kubernetes, source: Path) -> None:
    """Killing everything within reach is an exit like any other."""
    seen = sh(sandbox, source, "echo result > /out/result; kill -9 1; kill -9 -1; exit 0")

    assert seen.status is RunStatus.EXITED
    assert seen.exit_code in {0, 137}
    assert seen.result == b"result\n"


def test_too_long(sandbox: Kubernetes, server: FakeCluster, source: Path) -> None:
    """A run past its time is ended and removed; what it had said is kept."""
    seen = sh(sandbox, source, "echo begun; exec sleep 300.25", Limits(wall=2))

    assert (seen.status, seen.exit_code, seen.stdout) == (RunStatus.TIMEOUT, None, b"begun\n")
    assert "ended after 2 s" in seen.detail


def test_cpu_time(sandbox: Kubernetes, source: Path) -> None:
    """A process that used up its processor time is a timeout too."""
    seen = sh(sandbox, source, "while :; do :; done", Limits(wall=30, cpu=1))

    assert (seen.status, seen.exit_code) == (RunStatus.TIMEOUT, None)


def test_out_of_memory(sandbox: Kubernetes, server: FakeCluster, source: Path) -> None:
    """The node's word that memory ran out is no exit."""
    server.node.out_of_memory = True

    seen = sh(sandbox, source, "sh -c 'kill -9 $$'; exit 137")

    assert (seen.status, seen.exit_code) == (RunStatus.MEMORY, None)


def test_cancelled(sandbox: Kubernetes, server: FakeCluster, source: Path) -> None:
    """A run that nobody wants any more ends, and its Job goes."""
    wanted = threading.Event()
    wanted.set()

    def cancelled() -> bool:
        if any(pod.is_running("payload") for pod in server.pods.values()):
            wanted.clear()
        return not wanted.is_set()

    seen = sandbox.run(Command(("sleep", "300"), source, limits=SMALL), cancelled)

    assert (seen.status, seen.detail) == (RunStatus.SANDBOX_ERROR, "cancelled")


@pytest.mark.parametrize("arrives", [0, 3000, 10000])
def test_source_that_does_not_arrive_whole(
    sandbox: Kubernetes, server: FakeCluster, source: Path, arrives: int
) -> None:
    """Nothing runs on a part of the source, even where tar takes it for a whole one."""
    server.arrives = arrives

    seen = sh(sandbox, source, "echo ran")

    assert seen.status is RunStatus.SANDBOX_ERROR
    assert "the source could not be copied" in seen.detail
    assert seen.stdout == b""


@pytest.mark.parametrize("container", ["receive", "keeper"])
def test_connection_breaks(sandbox: Kubernetes, server: FakeCluster, source: Path, container: str) -> None:
    """A connection that breaks on the way in or out is no exit."""
    server.hang_up = container

    seen = sh(sandbox, source, "exit 0")

    assert (seen.status, seen.exit_code) == (RunStatus.SANDBOX_ERROR, None)
    assert container in seen.detail


def test_evicted(sandbox: Kubernetes, server: FakeCluster, source: Path) -> None:
    """A pod that is taken away while it runs is no exit."""

    def watching() -> bool:
        for name, pod in list(server.pods.items()):
            if pod.is_running("payload"):
                server.lose(name)
        return False

    seen = sandbox.run(Command(("sleep", "300"), source, limits=SMALL), watching)

    assert seen.status is RunStatus.SANDBOX_ERROR
    assert "removed" in seen.detail


def test_image_that_cannot_be_pulled(sandbox: Kubernetes, server: FakeCluster, source: Path) -> None:
    """What will not pass is not waited for."""
    server.node.image = False

    seen = sh(sandbox, source, "true")

    assert seen.status is RunStatus.SANDBOX_ERROR
    assert "ErrImagePull" in seen.detail


def test_server_that_fails(sandbox: Kubernetes, server: FakeCluster, source: Path) -> None:
    """A server that fails gives no exit; one that refuses needs the operator."""
    server.refuse = {"GET pods": 500}
    failed = sh(sandbox, source, "true")
    server.refuse = {"GET exec": 403}
    with pytest.raises(SandboxUnavailable, match="bind the role"):
        sh(sandbox, source, "true")
    server.refuse = {"POST jobs": 403}
    with pytest.raises(SandboxUnavailable, match="bind the role"):
        sh(sandbox, source, "true")

    assert (failed.status, failed.exit_code) == (RunStatus.SANDBOX_ERROR, None)
    assert "not today" in failed.detail


def test_server_that_comes_back(sandbox: Kubernetes, server: FakeCluster, source: Path) -> None:
    """A run outlives a few answers that fail."""
    asked = 0

    def counting() -> bool:
        nonlocal asked
        asked += 1
        server.refuse = {"GET pods": 500} if asked < 8 else {}
        return False

    seen = sandbox.run(Command(("/bin/sh", "-c", "exit 4"), source, limits=SMALL), counting)

    assert (seen.status, seen.exit_code) == (RunStatus.EXITED, 4)


def test_side_by_side(sandbox: Kubernetes, server: FakeCluster, source: Path) -> None:
    """Several runs at once each get their own result, under a user id of their own."""
    seen: dict[int, Execution] = {}

    def one(number: int) -> None:
        seen[number] = sh(sandbox, source, f"echo {number} > /out/result; id -u")

    threads = [threading.Thread(target=one, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [seen[number].result for number in range(3)] == [b"0\n", b"1\n", b"2\n"]
    assert len({one.stdout for one in seen.values()}) == 3


def test_sweep(sandbox: Kubernetes, server: FakeCluster) -> None:
    """A sweep removes what this worker's earlier start left, and nothing of others or of its own."""
    job = server.created[-1]
    labels = job["metadata"]["labels"]
    others = {
        "earlier": labels | {"suture/process": "before"},
        "own": labels,
        "another": labels | {"suture/worker": "worker-2", "suture/process": "before"},
        "foreign": {"app": "shop"},
    }
    for name, found in others.items():
        server.jobs[name] = {**job, "metadata": {"name": name, "labels": found}}

    sandbox.sweep()

    left = set(server.jobs)
    server.jobs.clear()
    assert left == {"own", "another", "foreign"}


@pytest.mark.parametrize(
    ("node", "runtime_class", "said"),
    [
        (Node(gvisor=False), "gvisor", "not gVisor's"),
        (Node(network=True), "kata", "apply the NetworkPolicy"),
        (Node(image=False), "gvisor", "ErrImagePull"),
    ],
)
def test_probes_refuse(tmp_path: Path, source: Path, node: Node, runtime_class: str, said: str) -> None:
    """Without isolation, without closed network or without a working pod no code is run."""
    with serving(FakeCluster(tmp_path, node)) as server:
        sandbox = kubernetes(server, choices(runtime_class=runtime_class))
        with pytest.raises(SandboxUnavailable, match=said):
            sandbox.run(Command(("true",), source))

        assert len(server.created) == 1
        assert server.jobs == {}


def test_wrong_token(tmp_path: Path) -> None:
    """An API server that does not know the bot is the operator's to mend."""
    with serving(FakeCluster(tmp_path)) as server:
        with pytest.raises(SandboxUnavailable, match="401"):
            kubernetes(server, token="another").check()

        assert server.created == []
