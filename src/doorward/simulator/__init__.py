"""Virtual devices with the behaviour of real ones: nobody needs a terminal on the desk.

A whole site on loopback, each device at an address of its own with its real ports::

    async with VirtualSite(12, history_records=50_000) as site:
        for device in site.describe():
            print(device.device_id, device.model, device.address, device.port)
        bioentry = site.device(10_002)
        bioentry.swipe(bioentry.people.users.cards()[0])
        bioentry.force_door()
        bioentry.faults.at_reply(3, Fault.DROP_LINE)
        await asyncio.sleep(3600)

One device without wires, for a test::

    device = VirtualDevice(10_001, "bioentry-plus")
    session = DeviceSession(device)
    for action in session.receive(request_bytes):
        ...
"""

from doorward.simulator.access import Decision, Verdict
from doorward.simulator.biostar2_device import BioStar2VirtualDevice, RunningBioStar2Device
from doorward.simulator.direct_server import DirectServer
from doorward.simulator.factory_blocks import NetworkPlace
from doorward.simulator.faults import Fault, FaultPlan
from doorward.simulator.outcome import After, Outcome
from doorward.simulator.people import fill_people, fill_rights
from doorward.simulator.running_device import LineBehaviour, RunningDevice
from doorward.simulator.session import Cut, DeviceSession, Follow, Send
from doorward.simulator.site import DeviceDescription, VirtualSite
from doorward.simulator.state import MemoryStore, StateStore
from doorward.simulator.storage import SqliteStore
from doorward.simulator.traffic import Traffic, TrafficPlan, history
from doorward.simulator.udp_hub import UdpHub
from doorward.simulator.udp_responder import UdpResponder
from doorward.simulator.virtual_device import Limits, VirtualDevice

__all__ = [
    "After",
    "BioStar2VirtualDevice",
    "Cut",
    "Decision",
    "DeviceDescription",
    "DeviceSession",
    "DirectServer",
    "Fault",
    "FaultPlan",
    "Follow",
    "Limits",
    "LineBehaviour",
    "MemoryStore",
    "NetworkPlace",
    "Outcome",
    "RunningBioStar2Device",
    "RunningDevice",
    "Send",
    "SqliteStore",
    "StateStore",
    "Traffic",
    "TrafficPlan",
    "UdpHub",
    "UdpResponder",
    "Verdict",
    "VirtualDevice",
    "VirtualSite",
    "fill_people",
    "fill_rights",
    "history",
]
