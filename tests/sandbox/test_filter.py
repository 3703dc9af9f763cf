"""What the filter of system calls decides, seen through an interpreter of its program, for each machine."""

from __future__ import annotations

import errno
import re
import struct
from pathlib import Path

import pytest

from bot.errors import SandboxUnavailable
from bot.sandbox.seccomp import AUDIT_ARCH, JUDGED, MACHINES, NEWEST, REFUSED, UNCOUNTED, filter_program

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
