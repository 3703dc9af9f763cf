"""Probes for the network and for sockets."""

from __future__ import annotations

import socket
from pathlib import Path

from frame import FACTS, PROBES, probe


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
