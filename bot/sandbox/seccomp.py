"""The system-call filter of the sandbox, as classic BPF: it needs no compiler and no libseccomp."""

from __future__ import annotations

import errno
import platform
import struct
from collections.abc import Iterable
from typing import NamedTuple

from bot.errors import SandboxUnavailable

# Refused with EPERM. name: (number on x86_64, number on aarch64)
REFUSED: dict[str, tuple[int | None, int | None]] = {
    # other processes and the kernel's own tables
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440),
    "syslog": (103, 116),
    "perf_event_open": (298, 241),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "lookup_dcookie": (212, 18),
    "modify_ldt": (154, None),
    "uselib": (134, None),
    "_sysctl": (156, None),
    # file systems and namespaces
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "statmount": (457, 457),
    "listmount": (458, 458),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "nfsservctl": (180, 42),
    "ustat": (136, None),
    "sysfs": (139, None),
    # asynchronous calls that this filter could not see
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    # keys, security modules
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "lsm_get_self_attr": (459, 459),
    "lsm_set_self_attr": (460, 460),
    "lsm_list_modules": (461, 461),
    # memory placement, and memory that nothing can look into
    "mbind": (237, 235),
    "set_mempolicy": (238, 237),
    "set_mempolicy_home_node": (450, 450),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "memfd_secret": (447, 447),
    # the machine: clock, name, swap, modules, power, ports
    "adjtimex": (159, 171),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "reboot": (169, 142),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "create_module": (174, None),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "iopl": (172, None),
    "ioperm": (173, None),
    "vhangup": (153, 58),
}
# Memory outside every process: only a memory cgroup can count it.
UNCOUNTED: dict[str, tuple[int | None, int | None]] = {"memfd_create": (319, 279), "shmget": (29, 194)}
# Calls that are looked at more closely: see `_judged`.
CLONE, IOCTL, SOCKET, PERSONALITY, PRLIMIT, SETRLIMIT = range(6)
JUDGED = ((56, 220), (16, 29), (41, 198), (135, 92), (302, 261), (160, 164))
CLONE3 = 435
NEWEST = 466  # removexattrat; what came later was not judged and does not exist here

MACHINES = {"x86_64": 0, "aarch64": 1}
AUDIT_ARCH = (0xC000003E, 0xC00000B7)
NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
TERMINAL_REQUESTS = (
    0x5412,
    0x541C,
    0x5423,
)  # TIOCSTI, TIOCLINUX, TIOCSETD: type into, or rebuild, a terminal
AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, NETLINK_ROUTE = 1, 2, 10, 16, 0
RLIMIT_CORE = 4


class Op(NamedTuple):
    """One instruction of classic BPF."""

    code: int
    if_true: int
    if_false: int
    value: int

    def packed(self) -> bytes:
        return struct.pack("=HBBI", *self)


ALLOW = Op(0x06, 0, 0, 0x7FFF0000)
KILL = Op(0x06, 0, 0, 0x80000000)


def _answer(number: int) -> Op:
    """The call is not made; the caller sees this errno (0: it believes that it succeeded)."""
    return Op(0x06, 0, 0, 0x00050000 | number)


def _load(offset: int) -> Op:
    return Op(0x20, 0, 0, offset)


def _low(argument: int) -> Op:
    """Load the low half of an argument; both machines are little-endian."""
    return _load(16 + 8 * argument)


def _high(argument: int) -> Op:
    return _load(20 + 8 * argument)


def _equal(value: int, if_true: int, if_false: int) -> Op:
    return Op(0x15, if_true, if_false, value)


REFUSE = _answer(errno.EPERM)
PRETEND = _answer(0)


def _each(values: Iterable[int], then: Op) -> list[Op]:
    return [op for value in values for op in (_equal(value, 0, 1), then)]


def _judged() -> dict[int, list[Op]]:
    """Bodies of the rules that depend on arguments."""
    return {
        CLONE: [_low(0), Op(0x45, 0, 1, NEW_NAMESPACES), REFUSE, ALLOW],
        IOCTL: [_low(1), *_each(TERMINAL_REQUESTS, REFUSE), ALLOW],
        # AF_VSOCK is in no namespace and reaches the hypervisor; AF_ALG and AF_PACKET are kernel surface
        SOCKET: [
            _low(0),
            *_each((AF_UNIX, AF_INET, AF_INET6), ALLOW),
            *(_equal(AF_NETLINK, 0, 2), _low(2), _equal(NETLINK_ROUTE, 1, 0)),
            *(_answer(errno.EAFNOSUPPORT), ALLOW),
        ],
        PERSONALITY: [_low(0), _equal(0, 2, 0), _equal(0xFFFFFFFF, 1, 0), REFUSE, ALLOW],
        # RLIMIT_CORE stays 1, which also stops a core_pattern that is a pipe; reading it is allowed
        PRLIMIT: [
            *(_low(1), _equal(RLIMIT_CORE, 1, 0), ALLOW),
            *(_low(2), _equal(0, 0, 2), _high(2), _equal(0, 1, 0), PRETEND, ALLOW),
        ],
        SETRLIMIT: [_low(0), _equal(RLIMIT_CORE, 0, 1), PRETEND, ALLOW],
    }


def filter_program(*, count_shared_memory: bool, machine: str | None = None) -> bytes:
    """The program for `bwrap --seccomp`; shared memory is refused unless a cgroup counts it.

    Raises SandboxUnavailable on a machine whose call numbers are not in the tables.
    """
    machine = machine or platform.machine()
    if machine not in MACHINES:
        known = " and ".join(MACHINES)
        raise SandboxUnavailable(
            f"The sandbox knows the system calls of {known}, not of {machine}; run it there."
        )
    column = MACHINES[machine]
    tables = REFUSED if count_shared_memory else REFUSED | UNCOUNTED
    # clone3 hides its flags in memory; told that it does not exist, libc uses clone
    rules: list[tuple[int, list[Op]]] = [(CLONE3, [_answer(errno.ENOSYS)])]
    rules += [(pair[column] or 0, [REFUSE]) for pair in tables.values() if pair[column] is not None]
    rules += [(JUDGED[call][column], body) for call, body in _judged().items()]
    ops = [_load(4), _equal(AUDIT_ARCH[column], 1, 0), KILL, _load(0)]
    ops += [Op(0x25, 0, 1, NEWEST), _answer(errno.ENOSYS)]  # "greater than": also every x32 call
    for number, body in rules:
        ops += [_equal(number, 0, len(body)), *body]
    return b"".join(op.packed() for op in [*ops, ALLOW])
