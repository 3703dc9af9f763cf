"""Probes for the kernel's calls."""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os
import platform
import signal
import subprocess
import termios

from frame import FACTS, LIBC, PROBES, probe, reached


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
    return reached(number, 0x10000000 | signal.SIGCHLD)


@probe
def namespaces_by_clone3() -> object:
    return reached(435)


@probe
def enter_namespace() -> object:
    return reached({"x86_64": 308, "aarch64": 268}[platform.machine()], 0, 0)


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
    return reached(0x40000000 | 39) if platform.machine() == "x86_64" else None


@probe
def i386_calls() -> object:
    """Ask for getpid by the 32-bit door; the process is killed at it."""
    if platform.machine() != "x86_64":
        return None
    page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return ctypes.CFUNCTYPE(ctypes.c_int)(address)()


for _call, _number in FACTS["refused"].items():
    PROBES[f"call_{_call}"] = lambda number=_number: reached(number, -1)
