"""Takes what a webhook of Doorward sends, and prints each line of it; needs nothing but Python.

    DOORWARD_WEBHOOK_SECRET=doorward_webhook_... python webhook_receiver.py --port 8900

What a receiver has to do, and this one does:

- It checks the signature over the body as it came, compares in constant time, and refuses with 401 whatever is forged
  or older than five minutes.
- It answers with 2xx only after it has done its work; anything else, and silence too, makes Doorward send again.
- It drops what it has had already: a delivery is sent again, under the same number, when its answer got lost.
- It answers soon. Whoever has long work to do puts it into a queue of his own.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

AGE_LIMIT = 300
"""Seconds after which a delivery is too old to be believed; also how far the two clocks may be apart."""

MOST_BYTES = 1024 * 1024
KEPT = 100_000
"""So many numbers of deliveries are remembered; Doorward repeats one for days at most."""


class Forged(Exception):
    """A delivery does not come from the server that knows the secret, or is too old."""


def verify(secret: str, header: str, body: bytes, now: float) -> None:
    """Check the header ``Doorward-Signature`` of a delivery.

    Args:
        secret: The secret of the webhook.
        header: Its value: ``t=SECONDS,v1=DIGEST``.
        body: The body as it came, byte by byte.
        now: The time, in seconds since 1970 in UTC.

    Raises:
        Forged: It does not hold.
    """
    parts = dict(part.strip().partition("=")[::2] for part in header.split(","))
    sent, digest = parts.get("t", ""), parts.get("v1", "")
    if not (sent.isascii() and sent.isdigit() and len(sent) <= 12):
        raise Forged("There is no signature.")
    expected = hmac.new(secret.encode(), sent.encode() + b"." + body, hashlib.sha256).hexdigest()
    # Constant time: how long a wrong digest takes to be refused shall not tell how much of it was right.
    if not hmac.compare_digest(expected.encode(), digest.encode("utf-8", "replace")):
        raise Forged("The signature does not hold.")
    if abs(now - int(sent)) > AGE_LIMIT:
        raise Forged("The delivery is too old, or a clock is wrong.")


class Receiver:
    """Takes deliveries, each once.

    Args:
        secret: The secret of the webhook.
        take: Called with each line, in order.
        state: File in which the numbers of deliveries are kept, so that a new start knows them; by default in memory.
        now: Gives the time, in seconds since 1970 in UTC.
    """

    def __init__(
        self,
        secret: str,
        take: Callable[[dict[str, Any]], None],
        *,
        state: str = ":memory:",
        now: Callable[[], float] = time.time,
    ) -> None:
        self._secret = secret
        self._take = take
        self._now = now
        self._lock = threading.Lock()
        self._seen = sqlite3.connect(state, check_same_thread=False, isolation_level=None)
        self._seen.execute("CREATE TABLE IF NOT EXISTS seen (number INTEGER PRIMARY KEY, delivery TEXT UNIQUE)")

    def receive(self, headers: Any, body: bytes) -> int:
        """Take a delivery; gives the status to answer with."""
        try:
            verify(self._secret, headers.get("Doorward-Signature", ""), body, self._now())
        except Forged as error:
            print(f"refused: {error}", file=sys.stderr)
            return 401
        content = json.loads(body)
        # The number inside of the signed body; that of the header is for those who do not read it.
        delivery = content["id"]
        with self._lock:  # one after the other, in the order in which they come
            if self._seen.execute("SELECT 1 FROM seen WHERE delivery = ?", (delivery,)).fetchone():
                return 200
            for item in content["items"]:
                self._take(item)
            added = self._seen.execute("INSERT INTO seen (delivery) VALUES (?)", (delivery,))
            self._seen.execute("DELETE FROM seen WHERE number <= ?", ((added.lastrowid or 0) - KEPT,))
        return 200

    def close(self) -> None:
        """Close the file."""
        self._seen.close()


def make_server(receiver: Receiver, address: str, port: int) -> ThreadingHTTPServer:
    """A web server that gives what is posted to it to a receiver."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdigit():
                self._answer(411)
            elif int(length) > MOST_BYTES:
                self._answer(413)
            else:
                self._answer(receiver.receive(self.headers, self.rfile.read(int(length))))

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
            """Say nothing: the lines that were taken are what is to be seen."""

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            if status >= 400:
                self.send_header("Connection", "close")  # what was not read is in the way
            self.end_headers()

    return ThreadingHTTPServer((address, port), Handler)


def main() -> int:
    """Run until Ctrl-C."""
    parser = argparse.ArgumentParser(description="Take what a webhook of Doorward sends.")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument("--state", default=":memory:", help="file that remembers which deliveries were taken")
    options = parser.parse_args()
    secret = os.environ.get("DOORWARD_WEBHOOK_SECRET", "")
    if not secret:
        print("Give the secret of the webhook in the variable DOORWARD_WEBHOOK_SECRET.", file=sys.stderr)
        return 2
    receiver = Receiver(secret, lambda item: print(json.dumps(item), flush=True), state=options.state)
    server = make_server(receiver, options.address, options.port)
    print(f"listening on {options.address}, port {server.server_port}", file=sys.stderr)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 0
    finally:
        server.server_close()
        receiver.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
