"""From a connected stream to a session with a device that said who it is."""

from __future__ import annotations

from doorward.device.biostar1.session import KEEP_ALIVE_SHARE, RETRY_DELAYS, Session
from doorward.device.errors import WrongDevice, WrongGeneration
from doorward.model.errors import NotReached, TimedOut, Unsupported
from doorward.protocol.biostar1.commands.identity import Identify
from doorward.protocol.biostar1.models import BUS_ONLY_TYPES, MODELS_BY_TYPE, DeviceModel, type_title
from doorward.protocol.biostar1.request import BASIC_TIMEOUT
from doorward.protocol.errors import RemoteProtocolError
from doorward.transport import Stream


async def open_session(
    stream: Stream,
    *,
    model: DeviceModel | None = None,
    device_id: int | None = None,
    basic_timeout: float = BASIC_TIMEOUT,
    keep_alive: float | None = None,
    retry_delays: tuple[float, ...] = RETRY_DELAYS,
) -> tuple[Session, DeviceModel, int]:
    """Ask the device who it is and prepare the session for its model.

    Args:
        stream: The connected stream; it is closed when this fails.
        model: The model that is expected, if it is known.
        device_id: The serial number that is expected, if it is known; addresses are re-used.
        basic_timeout: Seconds that an ordinary request may take.
        keep_alive: Seconds of silence after which the connection is used to keep it open; half the model's idle
            limit when it is not given, and never for models that keep a silent connection.
        retry_delays: See ``Session``.

    Returns:
        The session, the model and the serial number.

    Raises:
        WrongGeneration: What answers does not speak BioStar 1.
        WrongDevice: Another device or model than the expected one answers.
        Unsupported: A device of an unknown type answers.
        TimedOut: Nothing answers.
        NotReached: The connection was closed before an answer.
    """
    session = Session(stream, basic_timeout=basic_timeout, retry_delays=retry_delays)
    try:
        found, number = await _identify(session, model, device_id)
    except BaseException:
        await session.close()
        raise
    session.identified(number, enciphered=found.enciphered, title=f"{found.title} {number}")
    interval = keep_alive
    if interval is None and found.idle_limit is not None:
        interval = found.idle_limit * KEEP_ALIVE_SHARE
    if interval is not None:
        session.keep_alive(interval)
    return session, found, number


async def _identify(session: Session, model: DeviceModel | None, device_id: int | None) -> tuple[DeviceModel, int]:
    try:
        identity = await session.request(Identify())
    except TimedOut as error:
        raise TimedOut(
            f"{session.peer} took the connection but did not answer the question who it is.",
            advice="If this is a BioStar 1 device, it may be busy or serve another client; if it is not, check the "
            "address and port (BioStar 1 devices listen on 1470 or 1471).",
        ) from error
    except RemoteProtocolError as error:
        raise WrongGeneration(
            f"Something listens on {session.peer}, but it is not a BioStar 1 device: {error.message}.",
            advice="Check the address and port; BioStar 1 devices listen on 1470 or 1471, BioStar 2 devices on 51211.",
        ) from error
    except NotReached as error:
        raise NotReached(
            f"{session.peer} closed the connection instead of saying who it is.",
            advice="Most devices serve one client at a time: close the other program, or wait until the device has "
            "noticed that its client is gone.",
        ) from error
    found = MODELS_BY_TYPE.get(identity.device_type)
    if found is None:
        on_bus = " It hangs on the RS-485 bus of another device." if identity.device_type in BUS_ONLY_TYPES else ""
        raise Unsupported(
            f"Device {identity.device_id} at {session.peer} says that it is of type {identity.device_type} "
            f"({type_title(identity.device_type)}), which cannot be spoken to directly.{on_bus}"
        )
    if device_id is not None and identity.device_id != device_id:
        raise WrongDevice(
            f"{session.peer} is device {identity.device_id} ({found.title}), not device {device_id}.",
            device_id=identity.device_id,
            advice="The address may have gone to another device: search for the device to learn its present address.",
        )
    if model is not None and found is not model:
        raise WrongDevice(
            f"{session.peer} is a {found.title} (device {identity.device_id}), not a {model.title}.",
            device_id=identity.device_id,
            advice=f"Give the model {found.slug}, or check the address.",
        )
    return found, identity.device_id
