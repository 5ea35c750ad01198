"""The log of a virtual device: ten records of a million beside ten of a thousand, a past beside its bare records."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable

from doorward.protocol.biostar1.client import ClientConnection
from doorward.protocol.biostar1.commands import logs
from doorward.simulator.session import DeviceSession, Send
from doorward.simulator.traffic import history
from doorward.simulator.virtual_device import VirtualDevice
from harness import in_turn, report

MANY, FEW, READ = 1_000_000, 1_000, 10
PAST = 50_000
READS = 200


def reader(records: int) -> Callable[[], None]:
    """Reads ten records, again and again, from a log of so many."""
    device = VirtualDevice(1, "d-station", host_time=time.time)
    device.log.add_records(b"".join(struct.pack("<BBHIIIhhi", 0x27, 0, 0, n, n, 1, -1, 0, 0) for n in range(records)))
    begin = records * 7 // 10
    client = ClientConnection(device_id=device.device_id, enciphered=device.model.enciphered)
    session = DeviceSession(device)

    def read() -> None:
        for _ in range(READS):
            asked = client.start(logs.ReadExtendedLogs(0, begin, begin + READ - 1))
            for action in session.receive(asked):
                if isinstance(action, Send):
                    client.receive(b"".join(action.packets))

    return read


def past() -> None:
    """A plausible past in the log of a new device."""
    history(VirtualDevice(1, "bioentry-plus", host_time=time.time), PAST, seed=3)


def bare_past() -> None:
    """As many records, packed in a loop."""
    bytearray().join(struct.pack("<BBHiII", 0x27, 0, 0xFFFF, number, 1, 0) for number in range(PAST))


def main() -> None:
    """Measure both."""
    report("reading 10 of a million records", *in_turn(reader(MANY), reader(FEW)), "reads", READS, "of a thousand")
    report("a past of 50,000 records", *in_turn(past, bare_past), "records", PAST, "bare records")


if __name__ == "__main__":
    main()
