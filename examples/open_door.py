"""Opens a door, and says what the device answered.

Usage: DOORWARD_TOKEN=doorward_... python examples/open_door.py http://127.0.0.1:8080 "Main entrance"

Needs ``pip install 'doorward[client]'`` and a token with the rights doors.view and doors.open; give it no other:

    doorward tokens create parcels --operator reception --right doors.view --right doors.open
"""

from __future__ import annotations

import argparse
import os
import sys

from doorward.client import ApiError, Client, NotReached


def main() -> int:
    """Open one door."""
    parser = argparse.ArgumentParser(description="Open a door.")
    parser.add_argument("url")
    parser.add_argument("door", help="its number or its name")
    parser.add_argument("--reason", default="", help="why; it is kept in the audit log")
    options = parser.parse_args()

    try:
        with Client(options.url, os.environ["DOORWARD_TOKEN"]) as client:
            doors = [
                door
                for door in client.each(client.doors.list_doors)
                if options.door in {str(door.id), door.name, door.own_name}
            ]
            if len(doors) != 1:
                print(f"{len(doors)} doors are called {options.door!r}; give the number of one.", file=sys.stderr)
                return 2
            done = client.doors.open_door(doors[0].id, reason=options.reason)
    except (ApiError, NotReached) as error:
        print(f"{error.message} {error.advice}", file=sys.stderr)
        return 1
    print(f"{done.door.name}: {done.words}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
