"""The sandbox's pure parts: caps of streams, the report's frames, cgroup files, arguments."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.sandbox import MIB, Command, Limits
from bot.sandbox.cgroup import LEAF, SPARE, open_cgroup, sweep_cgroups
from bot.sandbox.launch import plan_launch
from bot.sandbox.policy import View, bwrap_arguments, payload_arguments
from bot.sandbox.processes import own_mark
from bot.sandbox.streams import Capped
from bot.sandbox.supervisor import MOST_PATHS, parse_report


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
    space = own_mark().rpartition("-")[2]
    for name in (f"{own_mark()}-a", f"suture-{os.getpid()}-1-{space}-b", "system.slice"):
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
