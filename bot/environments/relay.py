"""Runs in the fetch sandbox: a proxy on loopback for the programs there, which leads to the bot's socket.

Started as a script with the standard library alone: `relay.py SOCKET PORT PROGRAM [ARGUMENT …]`; the exit
code is the program's.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Copy to the end of `source`, then close both ways."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def serve(listener: socket.socket, path: str) -> None:
    """Join each connection with one of its own to the unix socket."""
    while True:
        client, _ = listener.accept()
        server = socket.socket(socket.AF_UNIX)
        server.connect(path)
        for pair in ((client, server), (server, client)):
            threading.Thread(target=pump, args=pair, daemon=True).start()


def main(path: str, port: str, *program: str) -> int:
    """Relay while the program runs."""
    listener = socket.create_server(("127.0.0.1", int(port)), backlog=64)
    threading.Thread(target=serve, args=(listener, path), daemon=True).start()
    return subprocess.run(program, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
