"""Finding devices on the network and setting them up by UDP, without a connection to them.

BioStar 1 devices answer on UDP 51110, BioStar 2 devices on UDP 51210. Example::

    result = await search(timeout=3)
    for device in result.devices:
        print(device.device_id, device.title, device.address)
    device = await find_device(10001)
    change = await write_network_settings(device, NetworkChanges(address="192.168.1.20"))
"""

from doorward.discovery.network import read_network_settings, restart, write_network_settings
from doorward.discovery.search import SearchResult, find_device, search
from doorward.model.found import FoundDevice
from doorward.model.network_settings import NetworkChange, NetworkChanges, NetworkSettings

__all__ = [
    "FoundDevice",
    "NetworkChange",
    "NetworkChanges",
    "NetworkSettings",
    "SearchResult",
    "find_device",
    "read_network_settings",
    "restart",
    "search",
    "write_network_settings",
]
