"""Messages between the portal and a render's process, over a stream socket."""

from __future__ import annotations

import socket
import struct

_HEAD = struct.Struct("!cQ")

DOCUMENT = b"D"
PREPARED = b"P"
REFUSED = b"R"
FAILED = b"F"
REQUEST = b"Q"

LARGEST = 192 * 1024 * 1024


def send(connection: socket.socket, kind: bytes, content: bytes) -> None:
    """Send one message."""
    connection.sendall(_HEAD.pack(kind, len(content)))
    connection.sendall(content)


def receive(connection: socket.socket) -> tuple[bytes, bytes] | None:
    """The next message (kind, content).

    None when the other side has closed; ValueError when it is too large.
    """
    head = _exactly(connection, _HEAD.size)
    if head is None:
        return None
    kind, size = _HEAD.unpack(head)
    if size > LARGEST:
        raise ValueError(size)
    content = _exactly(connection, size)
    return None if content is None else (kind, content)


def _exactly(connection: socket.socket, size: int) -> bytes | None:
    pieces = bytearray()
    while len(pieces) < size:
        piece = connection.recv(min(size - len(pieces), 1 << 20))
        if not piece:
            return None
        pieces += piece
    return bytes(pieces)
