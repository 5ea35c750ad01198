"""Follows all that happens, and goes on where it was when it is started again.

Usage: DOORWARD_TOKEN=doorward_... python examples/follow_stream.py http://127.0.0.1:8080 --state position.txt

Needs ``pip install 'doorward[client]'`` and a token with the right events.view (and alarms.view, doors.view,
devices.view for the rest).
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from doorward.client import Client, EventOut, NotAllowed, Reset, StreamItem


def words(item: StreamItem) -> str:
    """One line about what happened."""
    if isinstance(item, EventOut):
        person = f", person {item.person}" if item.person else ""
        return f"{item.position} {item.utc.isoformat()} device {item.origin}: {item.words}{person}"
    if isinstance(item, Reset):
        return f"{item.position} {item.words}"
    return f"{item.position} {item.at.isoformat()} {item.kind}: {dict(item.data)}"


def keep(state: Path, position: int) -> None:
    """Note how far we are, in one step: a program that is killed finds the old position or the new one."""
    fresh = state.with_suffix(".new")
    fresh.write_text(str(position))
    fresh.replace(state)


def main() -> int:
    """Follow until somebody ends it."""
    parser = argparse.ArgumentParser(description="Follow all that happens.")
    parser.add_argument("url")
    parser.add_argument("--state", type=Path, default=Path("position.txt"), help="where the position is kept")
    parser.add_argument("--after", type=int, help="begin after this position where none is kept")
    parser.add_argument("--kind", action="append", default=[], help="only this kind, such as event or alarm")
    parser.add_argument("--count", type=int, default=0, help="end after so many lines; 0 never")
    options = parser.parse_args()

    after = int(options.state.read_text()) if options.state.exists() else options.after
    shown = 0
    with (
        Client(options.url, os.environ["DOORWARD_TOKEN"]) as client,
        client.stream(after=after, kinds=options.kind) as stream,
    ):
        try:
            for item in stream:
                print(words(item), flush=True)
                # Kept after the work is done: what was being done when this program died comes again.
                keep(options.state, item.position)
                shown += 1
                if shown == options.count:
                    break
        except NotAllowed as error:
            print(f"{error.message} {error.advice}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
