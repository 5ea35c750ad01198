"""A program that follows the stream and may be killed at any moment: it writes each line down and goes on from there.

    stream_reader.py PORT FILE         the token is in the variable DOORWARD_TOKEN

Each line of the file is a position, a kind and the data. A line is written by one call, so what a killed program leaves
is whole lines and at most one part of a line, which the next start cuts off.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path


def last_position(descriptor: int) -> str:
    """The position of the last whole line; what comes after it is cut off."""
    content = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    whole = content[: content.rfind(b"\n") + 1]
    os.ftruncate(descriptor, len(whole))
    return whole[whole.rfind(b"\n", 0, -1) + 1 :].split(b"\t")[0].decode() or "0"


def follow(port: int, token: str, descriptor: int) -> None:
    """Read until the server ends the stream."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line, line.makefile("rb") as reader:
        request = (
            "GET /api/v1/stream HTTP/1.0\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {token}\r\nLast-Event-ID: {last_position(descriptor)}\r\n\r\n"
        )
        line.sendall(request.encode())
        if b" 200 " not in reader.readline():
            raise ConnectionError("the stream was refused")
        position = kind = b""
        for text in reader:
            name, _, value = text.rstrip(b"\n").partition(b": ")
            if name == b"id":
                position = value
            elif name == b"event":
                kind = value
            elif name == b"data":
                os.write(descriptor, b"\t".join((position, kind, value)) + b"\n")


def main() -> None:
    """Follow for ever; a stream that ends is asked for again."""
    descriptor = os.open(Path(sys.argv[2]), os.O_RDWR | os.O_CREAT | os.O_APPEND)
    while True:
        try:
            follow(int(sys.argv[1]), os.environ["DOORWARD_TOKEN"], descriptor)
        except OSError:
            time.sleep(0.1)


if __name__ == "__main__":
    main()
