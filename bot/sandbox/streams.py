"""Byte streams of the payload, read to a cap: what it floods is counted and dropped, never held."""

from __future__ import annotations


class Capped:
    """Keeps the first `head` and the last `tail` bytes of what is fed to it."""

    def __init__(self, head: int, tail: int = 0) -> None:
        self.total = 0
        self._most_head, self._most_tail = head, tail
        self._head, self._tail = bytearray(), bytearray()

    def feed(self, data: bytes) -> None:
        """Take the stream's next bytes."""
        self.total += len(data)
        room = max(0, self._most_head - len(self._head))
        self._head += data[:room]
        if self._most_tail:
            self._tail += data[room:]
            del self._tail[: -self._most_tail]

    def content(self) -> bytes:
        """What was kept, with a line in the gap that says how much is missing."""
        dropped = self.total - len(self._head) - len(self._tail)
        gap = b"\n[... %d bytes dropped ...]\n" % dropped if dropped and self._most_tail else b""
        return bytes(self._head) + gap + bytes(self._tail)
