"""Who a device is, from the block of system information that its model has."""

from __future__ import annotations

from doorward.device.biostar1.configuration import Configuration
from doorward.device.biostar1.context import DeviceContext
from doorward.model.devices import DeviceInformation
from doorward.model.found import BIOSTAR1
from doorward.protocol.biostar1.records import (
    SystemInformation,
    SystemInformationBioLite,
    SystemInformationCompact,
)
from doorward.protocol.biostar1.results import UnsupportedCommandError

MAC_ADDRESS_SIZE = 6
_BLOCK = "system-information"


async def read_information(context: DeviceContext) -> DeviceInformation:
    """Read who a device is; a device without the block still tells its number and model.

    Raises:
        RemoteProtocolError: The block is shorter than the published structure.
    """
    try:
        record = await Configuration(context).read_any(_BLOCK)
    except UnsupportedCommandError:
        record = None
    model = context.model
    if isinstance(record, SystemInformation):
        return DeviceInformation(
            device_id=context.device_id,
            model=model.slug,
            title=model.title,
            generation=BIOSTAR1,
            product_name=record.product_name,
            firmware_version=record.firmware_version,
            board_version=record.board_version,
            mac_address=record.mac_address,
            details={
                name: value
                for name, value in (
                    ("coprocessor_version", record.coprocessor_version),
                    ("kernel_version", record.kernel_version),
                )
                if value
            },
        )
    if isinstance(record, SystemInformationCompact | SystemInformationBioLite):
        return DeviceInformation(
            device_id=context.device_id,
            model=model.slug,
            title=model.title,
            generation=BIOSTAR1,
            product_name=record.product_name,
            firmware_version=record.firmware_version,
            board_version=record.board_version,
            mac_address=record.mac_address[:MAC_ADDRESS_SIZE].hex(":"),
        )
    return DeviceInformation(device_id=context.device_id, model=model.slug, title=model.title, generation=BIOSTAR1)
