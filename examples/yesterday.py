"""Fetches yesterday's events into a data frame, and counts them by device and by what they were about.

Usage: DOORWARD_TOKEN=doorward_... python examples/yesterday.py http://127.0.0.1:8080 --zone Europe/Vienna

Needs ``pip install 'doorward[client]' pandas`` and a token with the right events.view.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from doorward.client import Client


def events_of(client: Client, day: date, zone: ZoneInfo) -> pd.DataFrame:
    """The events of a day, from midnight to midnight of a zone; days of 23 and 25 hours too."""
    begin = datetime.combine(day, time.min, zone)
    end = datetime.combine(day + timedelta(days=1), time.min, zone)
    found = client.each(client.events.list_events, since=begin, until=end, limit=1000)
    frame = pd.DataFrame([asdict(event) for event in found])
    if not frame.empty:
        frame = frame.set_index("position").sort_values("utc")
    return frame


def main() -> int:
    """Fetch, and count."""
    parser = argparse.ArgumentParser(description="Yesterday's events.")
    parser.add_argument("url")
    parser.add_argument("--zone", default="UTC", help="where the day begins, as a name such as Europe/Vienna")
    parser.add_argument("--day", type=date.fromisoformat, help="another day, as 2026-11-21")
    parser.add_argument("--csv", type=Path, help="also write all events into this file")
    options = parser.parse_args()

    zone = ZoneInfo(options.zone)
    day = options.day or datetime.now(zone).date() - timedelta(days=1)
    with Client(options.url, os.environ["DOORWARD_TOKEN"]) as client:
        frame = events_of(client, day, zone)
    print(f"{len(frame)} events on {day} in {zone.key}")
    if not frame.empty:
        print(frame.pivot_table(index="origin", columns="category", values="code", aggfunc="count", fill_value=0))
        if options.csv:
            frame.to_csv(options.csv)
    return 0


if __name__ == "__main__":
    sys.exit(main())
