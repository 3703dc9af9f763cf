"""Runs inside the sandbox: tries one by one what must not work, each in a process of its own.

Prints one JSON object, name → "held: ..." or "hole: ...". A probe returns what it got hold of, or None; an
OSError means that it was refused. Its only argument is a JSON object of the host's facts.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import mmap
import os
import platform
import resource
import signal
import socket
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

FACTS = json.loads(sys.argv[1])
LIBC = ctypes.CDLL(None, use_errno=True)
REFUSALS = (errno.EPERM, errno.ENOSYS)
Probe = Callable[[], object]
PROBES: dict[str, Probe] = {}


def names(folder: str) -> list[str]:
    return [entry.name for entry in Path(folder).iterdir()]


INHERITED = [fd for fd in names("/proc/self/fd") if Path("/proc/self/fd", fd).exists()]


def probe(function: Probe) -> Probe:
    PROBES[function.__name__] = function
    return function


# ------------------------------------------------------------------ data of the host


@probe
def read_shadow() -> object:
    return Path("/etc/shadow").read_text()[:1]


@probe
def read_secret() -> object:
    return Path(FACTS["secret"]).read_text()


@probe
def read_secret_by_link() -> object:
    return Path("leak").read_text()


@probe
def read_homes() -> object:
    return [str(path) for home in ("/root", "/home", "/var") for path in Path(home).glob("*")]


@probe
def read_other_source() -> object:
    return names(FACTS["other_source"])


@probe
def read_git() -> object:
    return [str(path) for tree in ("/src", "/tree") for path in Path(tree, ".git").rglob("*")]


@probe
def environment() -> object:
    return [name for name, value in os.environ.items() if FACTS["token"] in name + value]


@probe
def environment_of_others() -> object:
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            found += [str(path)] if FACTS["token"].encode() in path.read_bytes() else []
        except OSError:
            continue
    return found


@probe
def kernel_tables() -> object:
    return [name for name in ("kallsyms", "kcore", "keys", "timer_list") if _first_byte(f"/proc/{name}")]


def _first_byte(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(1)
    except OSError:
        return b""


@probe
def sys_tree() -> object:
    return names("/sys")


@probe
def devices() -> object:
    usual = {
        "null",
        "zero",
        "full",
        "random",
        "urandom",
        "tty",
        "console",
        "ptmx",
        "pts",
        "shm",
        "fd",
        "core",
    }
    return sorted(set(names("/dev")) - usual - {"stdin", "stdout", "stderr"})


@probe
def descriptors() -> object:
    return [fd for fd in INHERITED if int(fd) > 2]


@probe
def host_name() -> object:
    return socket.gethostname() if socket.gethostname() != "sandbox" else None


# ------------------------------------------------------------------ other processes


@probe
def host_processes() -> object:
    seen = [int(name) for name in names("/proc") if name.isdigit()]
    return seen if len(seen) > 12 else None


@probe
def signal_bot() -> object:
    os.kill(FACTS["bot"], 0)
    return FACTS["bot"]


@probe
def supervisor_memory() -> object:
    with Path(f"/proc/{FACTS['supervisor']}/mem").open("r+b", buffering=0):
        return "opened"


@probe
def supervisor_descriptors() -> object:
    return names(f"/proc/{FACTS['supervisor']}/fd")


@probe
def supervisor_shell() -> object:
    return Path("/.supervisor").read_bytes()[:1]


@probe
def first_process_memory() -> object:
    with Path("/proc/1/mem").open("r+b", buffering=0):
        return "opened"


@probe
def first_process_root() -> object:
    return Path("/proc/1/root", FACTS["secret"].lstrip("/")).read_text()


@probe
def process_vm() -> object:
    return LIBC.process_vm_readv(FACTS["supervisor"], 0, 0, 0, 0, 0) == 0


@probe
def realtime() -> object:
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    return "scheduled"


# ------------------------------------------------------------------ network and sockets


def _connect(family: int, address: object) -> str:
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(2)
        client.connect(address)
    return f"connected to {address!r}"


@probe
def loopback() -> object:
    return _connect(socket.AF_INET, ("127.0.0.1", FACTS["port"]))


@probe
def loopback_v6() -> object:
    return _connect(socket.AF_INET6, ("::1", FACTS["port"]))


@probe
def metadata_address() -> object:
    return _connect(socket.AF_INET, ("169.254.169.254", 80))


@probe
def outside_address() -> object:
    return _connect(socket.AF_INET, ("192.0.2.1", 80))


@probe
def name_server() -> object:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        return client.sendto(b"?", ("192.0.2.53", 53))


@probe
def interfaces() -> object:
    return [name for _, name in socket.if_nameindex() if name != "lo"]


@probe
def unix_path() -> object:
    return _connect(socket.AF_UNIX, FACTS["unix_path"])


@probe
def unix_abstract() -> object:
    return _connect(socket.AF_UNIX, "\0" + FACTS["unix_abstract"])


@probe
def engine_sockets() -> object:
    return [path for path in ("/run", "/var/run", "/var/run/docker.sock") if Path(path).exists()]


def _socket(family: int, kind: int, protocol: int = 0) -> str:
    with socket.socket(family, kind, protocol):
        return f"socket of family {family}"


for _name, _family, _kind, _protocol in (
    ("vsock", 40, socket.SOCK_STREAM, 0),
    ("alg", 38, socket.SOCK_SEQPACKET, 0),
    ("packet", 17, socket.SOCK_RAW, 3),
    ("raw", socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
    ("netfilter", 16, socket.SOCK_RAW, 12),
    ("bluetooth", 31, socket.SOCK_RAW, 1),
):
    PROBES[f"socket_{_name}"] = lambda f=_family, k=_kind, p=_protocol: _socket(f, k, p)


# ------------------------------------------------------------------ privileges


@probe
def user_zero() -> object:
    os.setuid(0)
    return "uid 0"


@probe
def groups() -> object:
    os.setgroups([0])
    return "group 0"


def _status(*names: str) -> dict[str, str]:
    lines = Path("/proc/self/status").read_text().splitlines()
    return {
        name: line.split(":")[1].strip() for line in lines for name in names if line.startswith(name + ":")
    }


@probe
def capabilities() -> object:
    return {n: v for n, v in _status("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb").items() if int(v, 16)}


@probe
def new_privileges() -> object:
    return _status("NoNewPrivs") != {"NoNewPrivs": "1"}


@probe
def is_filtered() -> object:
    return _status("Seccomp") != {"Seccomp": "2"}


@probe
def device_node() -> object:
    os.mknod("/tmp/device", 0o20666, os.makedev(1, 3))
    return "made"


@probe
def raised_limits() -> object:
    raised = []
    for name in ("NPROC", "NOFILE", "FSIZE", "CPU", "MEMLOCK", "MSGQUEUE"):
        which = getattr(resource, f"RLIMIT_{name}", 12)
        try:
            resource.setrlimit(which, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            raised.append(name)
        except (ValueError, OSError):
            continue
    return raised


@probe
def core_dumps() -> object:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limit = resource.getrlimit(resource.RLIMIT_CORE)
    return limit if limit != (1, 1) else None


# ------------------------------------------------------------------ writing


@probe
def write_outside() -> object:
    made = []
    for folder in ("/", "/usr", "/etc", "/src", "/dev", "/proc", "/bin", "/home", FACTS["shown"]):
        try:
            Path(folder, "written").write_text("x")
            made.append(folder)
        except OSError:
            continue
    return made


@probe
def write_kernel() -> object:
    opened = []
    for path in ("sys/kernel/core_pattern", "sys/kernel/hostname", "sysrq-trigger", "sys/vm/drop_caches"):
        try:
            with Path("/proc", path).open("r+b", buffering=0) as file:
                opened += [path] if os.fstat(file.fileno()).st_rdev != os.makedev(1, 3) else []
        except OSError:
            continue
    return opened


@probe
def write_cgroup() -> object:
    return Path("/sys/fs/cgroup").exists()


@probe
def remount() -> object:
    return (
        subprocess.run(["mount", "-o", "remount,rw", "/"], capture_output=True, check=False).returncode == 0
    )


# ------------------------------------------------------------------ the kernel's calls


@probe
def new_user_namespace() -> object:
    return subprocess.run(["unshare", "-U", "true"], capture_output=True, check=False).returncode == 0


@probe
def nested_sandbox() -> object:
    words = ["bwrap", "--ro-bind", "/", "/", "--unshare-all", "true"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


@probe
def namespaces_by_clone() -> object:
    number = {"x86_64": 56, "aarch64": 220}[platform.machine()]
    return _reached(number, 0x10000000 | signal.SIGCHLD)


@probe
def namespaces_by_clone3() -> object:
    return _reached(435)


@probe
def enter_namespace() -> object:
    return _reached({"x86_64": 308, "aarch64": 268}[platform.machine()], 0, 0)


@probe
def type_into_terminal() -> object:
    _, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSTI, b"x")
    return "typed"


@probe
def type_into_terminal_high_bits() -> object:
    _, slave = os.openpty()
    LIBC.ioctl.argtypes = (ctypes.c_int, ctypes.c_ulong, ctypes.c_char_p)
    return LIBC.ioctl(slave, 0x1_0000_0000 | termios.TIOCSTI, b"x") == 0


@probe
def odd_personality() -> object:
    return LIBC.personality(0x0040000) != -1  # ADDR_NO_RANDOMIZE


@probe
def x32_calls() -> object:
    return _reached(0x40000000 | 39) if platform.machine() == "x86_64" else None


@probe
def i386_calls() -> object:
    """Ask for getpid by the 32-bit door; the process is killed at it."""
    if platform.machine() != "x86_64":
        return None
    page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return ctypes.CFUNCTYPE(ctypes.c_int)(address)()


def _reached(number: int, *arguments: int) -> object:
    """What the kernel says to a call with senseless arguments; None where it was refused."""
    ctypes.set_errno(0)
    words = [ctypes.c_long(word) for word in (*arguments, *[0] * 6)[:6]]
    answer = LIBC.syscall(ctypes.c_long(number), *words)
    said = ctypes.get_errno()
    return None if answer == -1 and said in REFUSALS else f"{answer}, {errno.errorcode.get(said, said)}"


for _call, _number in FACTS["refused"].items():
    PROBES[f"call_{_call}"] = lambda number=_number: _reached(number, -1)


# ------------------------------------------------------------------ each in its own process


def outcome(function: Probe) -> str:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(10)
        os.close(read)
        try:
            got = function()
            said = f"hole: {got}" if got else "held: nothing found"
        except OSError as refusal:
            said = f"held: {refusal}"
        os.write(write, said[:300].encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return f"held: {signal.Signals(os.WTERMSIG(status)).name}"
    return said or "broken: the probe said nothing"


if __name__ == "__main__":
    FACTS["supervisor"] = os.getppid()
    wanted = FACTS.get("only", PROBES)
    print(json.dumps({name: outcome(PROBES[name]) for name in wanted}))
