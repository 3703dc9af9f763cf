"""The sandbox's pure parts: the filter's decisions, caps of streams, the report's frames, cgroup files."""

from __future__ import annotations

import errno
import os
import re
import struct
from pathlib import Path

import pytest

from bot.errors import SandboxUnavailable
from bot.sandbox import MIB, Command, Limits
from bot.sandbox.cgroup import LEAF, SPARE, open_cgroup, sweep_cgroups
from bot.sandbox.launch import plan_launch
from bot.sandbox.policy import View, bwrap_arguments, payload_arguments
from bot.sandbox.processes import own_mark
from bot.sandbox.seccomp import AUDIT_ARCH, JUDGED, MACHINES, NEWEST, REFUSED, UNCOUNTED, filter_program
from bot.sandbox.streams import Capped
from bot.sandbox.supervisor import MOST_PATHS, parse_report

ALLOWED, KILLED = "allowed", "killed"


def decide(program: bytes, arch: int, number: int, *arguments: int) -> str | int:
    """What the kernel would do: "allowed", "killed" or the errno."""
    words = [*arguments, *[0] * 6][:6]
    data = struct.pack("=IIQ6Q", number, arch, 0, *words)
    ops = list(struct.iter_unpack("=HBBI", program))
    at, loaded = 0, 0
    for _ in range(len(ops)):
        code, if_true, if_false, value = ops[at]
        at += 1
        if code == 0x20:
            loaded = struct.unpack_from("=I", data, value)[0]
        elif code == 0x06:
            return {0x7FFF0000: ALLOWED, 0x80000000: KILLED}.get(value, value & 0xFFFF)
        else:
            hit = {0x15: loaded == value, 0x25: loaded > value, 0x45: bool(loaded & value)}[code]
            at += if_true if hit else if_false
    raise AssertionError("the program has no end")


@pytest.fixture(params=sorted(MACHINES))
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def judge(machine: str, number: int, *arguments: int, counted: bool = True) -> str | int:
    program = filter_program(count_shared_memory=counted, machine=machine)
    return decide(program, AUDIT_ARCH[MACHINES[machine]], number, *arguments)


def test_filter_refuses_its_list(machine: str) -> None:
    """Each call of the table is refused on each machine; memory that nobody counts only without a cgroup."""
    column = MACHINES[machine]
    for pair in REFUSED.values():
        if pair[column] is not None:
            assert judge(machine, pair[column]) == errno.EPERM
    for pair in UNCOUNTED.values():
        assert judge(machine, pair[column] or 0) == ALLOWED
        assert judge(machine, pair[column] or 0, counted=False) == errno.EPERM


def test_filter_bars_other_doors(machine: str) -> None:
    """clone3, calls newer than the table and x32 do not exist; another architecture's calls kill."""
    assert judge(machine, 435) == errno.ENOSYS
    assert judge(machine, NEWEST + 1) == errno.ENOSYS
    assert judge(machine, 0x40000000 | 39) == errno.ENOSYS
    assert decide(filter_program(count_shared_memory=True, machine=machine), 0x40000003, 20) == KILLED


@pytest.mark.parametrize(
    ("call", "arguments", "answer"),
    [
        (0, (0x11,), ALLOWED),  # fork
        (0, (0x003D0F00,), ALLOWED),  # a thread
        (0, (0x10000011,), errno.EPERM),  # CLONE_NEWUSER
        (0, (0x00020011,), errno.EPERM),  # CLONE_NEWNS
        (1, (0, 0x5401), ALLOWED),  # TCGETS
        (1, (0, 0x5412), errno.EPERM),  # TIOCSTI
        (1, (0, 0x100005412), errno.EPERM),  # the same to the kernel, which looks at 32 bits
        (2, (1, 1, 0), ALLOWED),
        (2, (2, 1, 0), ALLOWED),
        (2, (10, 1, 0), ALLOWED),
        (2, (16, 3, 0), ALLOWED),  # NETLINK_ROUTE
        (2, (16, 3, 12), errno.EAFNOSUPPORT),
        (2, (17, 3, 0), errno.EAFNOSUPPORT),
        (2, (38, 5, 0), errno.EAFNOSUPPORT),
        (2, (40, 1, 0), errno.EAFNOSUPPORT),
        (3, (0xFFFFFFFF,), ALLOWED),
        (3, (0,), ALLOWED),
        (3, (0x0040000,), errno.EPERM),
        (4, (0, 4, 0, 1), ALLOWED),  # reading RLIMIT_CORE
        (4, (0, 4, 1, 0), 0),  # setting it: nothing happens
        (4, (0, 4, 1 << 32, 0), 0),  # a pointer whose low half is zero is still one
        (4, (0, 7, 1, 0), ALLOWED),
        (5, (4, 1), 0),
        (5, (7, 1), ALLOWED),
    ],
)
def test_filter_judges_arguments(
    machine: str, call: int, arguments: tuple[int, ...], answer: str | int
) -> None:
    """Calls that are harmless in one form and not in another are told apart by their arguments."""
    assert judge(machine, JUDGED[call][MACHINES[machine]], *arguments) == answer


def test_filter_leaves_ordinary_calls_alone(machine: str) -> None:
    """Most calls are allowed: what is refused is a list, not everything."""
    answers = [judge(machine, number) for number in range(NEWEST + 1)]
    assert answers.count(ALLOWED) > 300


def test_unknown_machine_has_no_sandbox() -> None:
    """Numbers of one machine are never used on another."""
    with pytest.raises(SandboxUnavailable, match="riscv64"):
        filter_program(count_shared_memory=True, machine="riscv64")


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("x86_64", ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h")),
        ("aarch64", ("/usr/include/asm-generic/unistd.h",)),
    ],
)
def test_numbers_are_the_kernels(name: str, headers: tuple[str, ...]) -> None:
    """Where this machine has the kernel's own lists, the tables agree with them."""
    header = next((Path(path) for path in headers if Path(path).exists()), None)
    if header is None:
        pytest.skip("no kernel headers here: apt-get install linux-libc-dev")
    found = {
        n: int(v)
        for n, v in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)$", header.read_text(), re.MULTILINE)
    }
    table = {n: pair[MACHINES[name]] for n, pair in {**REFUSED, **UNCOUNTED}.items()}

    assert {n: number for n, number in table.items() if n in found and found[n] != number} == {}
    assert len(set(table) & set(found)) > 45


def test_stream_keeps_its_ends() -> None:
    """The first and the last bytes stay, in whatever pieces they come; the gap tells its size."""
    for size in (1, 3, 1000):
        stream = Capped(10, 10)
        text = bytes(range(100))
        for at in range(0, 100, size):
            stream.feed(text[at : at + size])
        assert stream.content() == text[:10] + b"\n[... 80 bytes dropped ...]\n" + text[-10:]


def test_short_stream_is_whole() -> None:
    """No gap where nothing is missing."""
    stream = Capped(10, 10)
    stream.feed(b"x" * 20)
    assert stream.content() == b"x" * 20


@pytest.mark.parametrize(
    ("sent", "ready", "complete", "written", "result"),
    [
        (b"", False, False, (), None),
        (b"R", True, False, (), None),
        (b"ROnly in /tree: a\n", True, False, (), None),
        (b"R\0", True, True, (), None),
        (b"R\0F", True, True, (), b""),
        (b"R\0FR\0Fx", True, True, (), b"R\0Fx"),
        (b"ROnly in /tree/a/b: c\n\0", True, True, ("a/b/c",), None),
        (b"RFiles /src/a b and /tree/a b differ\n\0", True, True, ("a b",), None),
        (b"RSymbolic links /src/l and /tree/l differ\n\0", True, True, ("l",), None),
        (b"RFile /src/x is a regular file while file /tree/x is a fifo\n\0", True, True, ("x",), None),
        (b"Rdiff: /tree/x: Permission denied\n\0", True, True, ("x",), None),
        (b"Rsomething unheard of\n\0", True, True, ("something unheard of",), None),
    ],
)
def test_report_is_read(
    sent: bytes, ready: bool, complete: bool, written: tuple[str, ...], result: bytes | None
) -> None:
    """Frames in their order; what is cut off is not complete; no line is lost."""
    report = parse_report(sent)
    assert (report.ready, report.complete, report.written, report.result) == (
        ready,
        complete,
        written,
        result,
    )


def test_report_lists_no_more_than_its_most() -> None:
    """A payload that makes very many files does not make a very long list."""
    lines = b"".join(b"Only in /tree: %d\n" % number for number in range(5000))
    assert len(parse_report(b"R" + lines + b"\0").written) == MOST_PATHS


# ------------------------------------------------------------------ cgroup v2, on files that stand in for it


def v2(folder: Path, controllers: str) -> tuple[Path, Path]:
    """A delegated group as plain files, and the process's own entry for it."""
    group = folder / "cgroup/unit"
    group.mkdir(parents=True)
    (group / "cgroup.subtree_control").write_text(controllers)
    (group / "cgroup.procs").write_text("")
    own = folder / "own"
    own.write_text("0::/unit\n")
    return folder / "cgroup", own


def test_cgroup_v2_gets_its_limits(tmp_path: Path) -> None:
    """Memory without swap, the whole group ended together, processes counted with the supervisor's share."""
    root, own = v2(tmp_path, "cpu memory pids")
    group = open_cgroup("suture-1-2-x", Limits(memory=5 * MIB, processes=7), root, own)
    folder = root / "unit/suture-1-2-x"
    group.join(42)
    values = {path.name: path.read_text() for path in folder.iterdir()}

    assert group.kind == "v2"
    assert values["memory.max"] == str(5 * MIB)
    assert values["memory.oom.group"] == "1"
    assert values["pids.max"] == str(7 + SPARE)
    assert values["cgroup.procs"] == "42"


def test_cgroup_v2_reads_what_the_kernel_says(tmp_path: Path) -> None:
    """Want of memory and the peak are read from the group's files."""
    root, own = v2(tmp_path, "memory pids")
    group = open_cgroup("suture-1-2-x", Limits(), root, own)
    assert (group.out_of_memory(), group.peak()) == (False, 0)
    (group.folders[0] / "memory.events").write_text("oom 1\noom_kill 1\n")
    (group.folders[0] / "memory.peak").write_text("4096\n")

    assert (group.out_of_memory(), group.peak()) == (True, 4096)


def test_bot_in_its_leaf_makes_siblings(tmp_path: Path) -> None:
    """A bot that stepped into its leaf makes the groups of its runs beside it."""
    root, own = v2(tmp_path, "memory pids")
    (root / "unit" / LEAF).mkdir()
    own.write_text(f"0::/unit/{LEAF}\n")

    assert open_cgroup("suture-1-2-x", Limits(), root, own).folders == (root / "unit/suture-1-2-x",)


def test_no_cgroup_is_no_error(tmp_path: Path) -> None:
    """A machine without any gives a group that holds nothing and says so."""
    group = open_cgroup("suture-1-2-x", Limits(), tmp_path, tmp_path / "absent")
    assert (group.kind, group.folders, group.peak(), group.close()) == ("none", (), 0, True)


def test_sweep_takes_only_groups_of_the_dead(tmp_path: Path) -> None:
    """A group whose bot lives, or that is not ours, stays."""
    root, own = v2(tmp_path, "memory pids")
    for name in (f"{own_mark()}-a", f"suture-{os.getpid()}-1-b", "system.slice"):
        (root / "unit" / name).mkdir()
    sweep_cgroups(root, own)

    left = {path.name for path in (root / "unit").iterdir() if path.is_dir()}
    assert left == {f"{own_mark()}-a", "system.slice"}


# ------------------------------------------------------------------ policy and launch


def test_payload_is_no_part_of_a_shell_text() -> None:
    """The command's words arrive as words: none of them is in the supervisor's script."""
    command = Command(("a b", "$(id)", "'"), Path("/x"), variables={"N": "$(id)"}, result="/out/a b")
    words = payload_arguments(command, "SCRIPT", hard_memory=False)

    assert words[-3:] == ["a b", "$(id)", "'"]
    assert words[words.index("SCRIPT") + 2] == "/out/a b"
    assert f"--data={Limits().memory}:{Limits().memory}" in words


def test_no_path_is_bound_writable() -> None:
    """Of bwrap's ways to show a path of the host, only those that cannot write are used."""
    view = View(Path("/s"), "folder", ((Path("/a"), Path("/b")),), None, {"passwd": 5}, 6, None)
    words = bwrap_arguments(view, Limits())

    assert not {"--bind", "--bind-try", "--dev-bind", "--dev-bind-try", "--share-net"} & set(words)
    assert words[words.index("/b") + 1 :].count("--remount-ro") == 1
    assert "--unshare-all" in words


def test_plain_user_starts_bwrap_directly() -> None:
    """Only root has somebody else to become, and something to reveal."""
    launch = plan_launch((Path("/usr"),), user=1000)

    assert launch.words[0] == "prlimit"
    assert launch.found_at == {Path("/usr"): Path("/usr")}


def test_root_becomes_somebody_who_owns_nothing(tmp_path: Path) -> None:
    """A root bot drops to a fresh user, and reveals only what that user could not reach."""
    (tmp_path / "closed/inner").mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    hidden = tmp_path / "closed/inner"
    words = plan_launch((Path("/usr"), hidden), user=0)

    assert words.found_at[Path("/usr")] == Path("/usr")
    assert words.found_at[hidden] != hidden
    assert 200_000 <= int(words.words[words.words.index("--reuid") + 1]) < 300_000
    assert plan_launch((Path("/usr"),), user=0).words[0] == "prlimit"
