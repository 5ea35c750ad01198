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

The same devices in server mode, where they dial a server and report to it what happens::

    async with ServerModeSite(VirtualSite(12), ServerAddress("127.0.0.1", 1480), rate=5) as dialling:
        await dialling.all_live()

One device without wires, for a test::

    device = VirtualDevice(10_001, "bioentry-plus")
    session = DeviceSession(device)
    for action in session.receive(request_bytes):
        ...
"""

from doorward.simulator.access import Decision, Verdict
from doorward.simulator.biostar2_device import BioStar2VirtualDevice, RunningBioStar2Device
from doorward.simulator.control import Control, standard_input
from doorward.simulator.direct_server import DirectServer
from doorward.simulator.event_rate import EventRate
from doorward.simulator.factory_blocks import NetworkPlace
from doorward.simulator.faults import Fault, FaultPlan
from doorward.simulator.outcome import After, Outcome
from doorward.simulator.people import fill_people, fill_rights
from doorward.simulator.running_device import LineBehaviour, RunningDevice
from doorward.simulator.server_dialler import DialBehaviour, DiallerState, ServerDialler
from doorward.simulator.server_site import ServerModeSite
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
    "Control",
    "Cut",
    "Decision",
    "DeviceDescription",
    "DeviceSession",
    "DialBehaviour",
    "DiallerState",
    "DirectServer",
    "EventRate",
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
    "ServerDialler",
    "ServerModeSite",
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
    "standard_input",
]
