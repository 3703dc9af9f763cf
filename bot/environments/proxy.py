"""The only way out of the fetch sandbox: a proxy on a unix socket that knows the configured package index."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from bot.environments.index import PackageIndex

HEAD = 16 * 1024  # bytes of a request's head
PATIENCE = 60.0  # seconds without a byte
REFUSAL = b"HTTP/1.1 403 Not a configured package index\r\nContent-Length: 0\r\n\r\n"
MOST = 3 << 30  # bytes of one fetch, both ways
# Never behind a public name: this machine, its link (where clouds keep their credentials), private networks.
INNER = tuple(
    ipaddress.ip_network(one)
    for one in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.168.0.0/16", "224.0.0.0/3", "::/127", "fc00::/7", "fe80::/10", "ff00::/8"),
    )
)


class Proxy:
    """What passed and what was refused. Hosts that the operator named may lie in an inner network."""

    def __init__(self, index: PackageIndex, most: int = MOST) -> None:
        self._index, self._most = index, most
        self._lock = threading.Lock()
        self._refused: list[str] = []
        self._bytes = 0

    @property
    def refused(self) -> tuple[str, ...]:
        """Targets ("host:port") that were asked for in vain."""
        return tuple(dict.fromkeys(self._refused))

    @property
    def is_spent(self) -> bool:
        return self._bytes > self._most

    def serve(self, client: socket.socket) -> None:
        """One connection, to its end."""
        with client, suppress(OSError):  # a side that goes away ends the connection, and that is all
            client.settimeout(PATIENCE)
            head, rest = _head(client)
            if not head:
                return  # opened in advance and never used: nothing was asked for
            method, target, *_ = [*head.split(b"\r\n")[0].decode("latin-1").split(" "), "", ""]
            host, port, forward = _target(method, target, head)
            address = self._address(host, port)
            if address is None:
                self._refused.append(f"{host}:{port}" if host else target[:100])
                client.sendall(REFUSAL)
                return
            with socket.create_connection((address, port), PATIENCE) as server:
                if forward:
                    server.sendall(forward + rest)
                else:
                    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    server.sendall(rest)
                self._join(client, server)

    def _address(self, host: str, port: int) -> str | None:
        """The address to connect to, resolved once: what was judged is what is used. None to refuse."""
        if (host, port) not in self._index.hosts:
            return None
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        address = str(found[0][4][0])
        bare = ipaddress.ip_address(address.partition("%")[0])
        inner = getattr(bare, "ipv4_mapped", None) or bare
        if (host, port) not in self._index.named and any(inner in network for network in INNER):
            return None
        return address

    def _join(self, client: socket.socket, server: socket.socket) -> None:
        other = threading.Thread(target=self._pump, args=(client, server), daemon=True)
        other.start()
        self._pump(server, client)
        other.join(PATIENCE)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while not self.is_spent and (data := source.recv(65536)):
                with self._lock:
                    self._bytes += len(data)
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def _head(client: socket.socket) -> tuple[bytes, bytes]:
    """The request's head, and what came after it already."""
    data = b""
    while b"\r\n\r\n" not in data and len(data) < HEAD and (more := client.recv(4096)):
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def _target(method: str, target: str, head: bytes) -> tuple[str, int, bytes]:
    """(host, port, what to send on): nothing for CONNECT, for http the request as its server wants it."""
    try:
        if method == "CONNECT":
            parts = urlsplit(f"//{target}")
            return (parts.hostname or "").lower(), parts.port or 443, b""
        parts = urlsplit(target)
        if parts.scheme != "http":
            return "", 0, b""
        port = parts.port or 80
    except ValueError:
        return "", 0, b""
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    kept = [one for one in head.split(b"\r\n")[1:] if not one.lower().startswith((b"proxy-", b"connection:"))]
    lines = [f"{method} {path} HTTP/1.1".encode("latin-1"), *kept, b"Connection: close"]
    return (parts.hostname or "").lower(), port, b"\r\n".join(lines) + b"\r\n\r\n"


@contextmanager
def proxy_at(path: Path, index: PackageIndex) -> Iterator[Proxy]:
    """A proxy that listens on a unix socket at `path` while the block runs."""
    proxy = Proxy(index)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(64)
        thread = threading.Thread(target=_accept, args=(listener, proxy), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes the thread, which then ends
            thread.join(PATIENCE)


def _accept(listener: socket.socket, proxy: Proxy) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=proxy.serve, args=(client,), daemon=True).start()
